import { parse, View } from 'vega'
import { compile, type TopLevelSpec } from 'vega-lite'
import { type Series } from './series.ts'

const WIDTH = 640
const HEIGHT = 160
const MINUTE_S = 60

/** A plot with one panel a group of series, as SVG. @param seconds when each sample was taken. */
export async function plot(series: readonly Series[], seconds: readonly number[]): Promise<string> {
  const groups = Map.groupBy(series, ({ name }) => name.split(/ of |[:,]/)[0] ?? name)
  const spec: TopLevelSpec = {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    background: 'white',
    resolve: { scale: { color: 'independent' } },
    vconcat: [...groups.values()].map((group) => panel(group, seconds)),
  }
  const view = new View(parse(compile(spec).spec), { renderer: 'none' })
  try {
    return await view.toSVG()
  } finally {
    view.finalize()
  }
}

function panel(group: readonly Series[], seconds: readonly number[]) {
  const values = group.flatMap(({ name, values: measured }) =>
    measured.map((value, at) => ({ minute: (seconds[at] ?? 0) / MINUTE_S, value, name })),
  )
  return {
    width: WIDTH,
    height: HEIGHT,
    data: { values: values.filter(({ value }) => value !== null) },
    mark: 'line' as const,
    encoding: {
      x: { field: 'minute', type: 'quantitative' as const, title: 'minutes of load' },
      y: { field: 'value', type: 'quantitative' as const, title: group[0]?.unit ?? '' },
      color: { field: 'name', type: 'nominal' as const, title: null, legend: { labelLimit: 0 } },
    },
  }
}
