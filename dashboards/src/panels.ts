import { type Builder, type Dataquery } from '@grafana/grafana-foundation-sdk/cog'
import {
  BigValueColorMode,
  BigValueGraphMode,
  type DataSourceRef,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common'
import { type Threshold, ThresholdsConfigBuilder, ThresholdsMode } from '@grafana/grafana-foundation-sdk/dashboard'
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat'
import { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table'
import { PanelBuilder as TimeSeriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries'
import { type Query } from './datasources.ts'

/** What every panel says of itself; the unit is one of Grafana's (`s`, `bytes`, `short`, `cps`, …). */
export interface PanelText {
  readonly title: string
  readonly description: string
  readonly unit: string
}

/** Queries of one data source, at least one. */
export type Queries = readonly [Query, ...Query[]]

/** Columns of a grid that has 24. */
const SPAN = { stat: 4, timeSeries: 8, table: 12 } as const
const HEIGHT = { stat: 4, timeSeries: 8, table: 8 } as const

/** Lines over time, with their last values below. */
export function timeSeries(text: PanelText, ...queries: Queries): TimeSeriesBuilder {
  return described(new TimeSeriesBuilder(), text, queries)
    .min(0)
    .span(SPAN.timeSeries)
    .height(HEIGHT.timeSeries)
    .lineWidth(1)
    .fillOpacity(10)
    .showPoints(VisibilityMode.Never)
    .legend(
      new VizLegendOptionsBuilder()
        .displayMode(LegendDisplayMode.Table)
        .placement(LegendPlacement.Bottom)
        .showLegend(true)
        .calcs(['lastNotNull', 'max']),
    )
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi))
}

/** One number, coloured by its thresholds. */
export function stat(text: PanelText, thresholds: readonly Threshold[], query: Query): StatBuilder {
  return described(new StatBuilder(), text, [query])
    .span(SPAN.stat)
    .height(HEIGHT.stat)
    .graphMode(BigValueGraphMode.None)
    .colorMode(BigValueColorMode.Value)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']))
    .thresholds(new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps([...thresholds]))
}

/** Rows; the unit holds for every column of numbers without one of its own. */
export function table(text: PanelText, query: Query): TableBuilder {
  return described(new TableBuilder(), text, [query]).span(SPAN.table).height(HEIGHT.table)
}

/** Green below a bound, red from it on. */
export const badFrom = (bound: number): Threshold[] => [
  { value: null, color: 'green' },
  { value: bound, color: 'red' },
]

/** Red below a bound, green from it on. */
export const goodFrom = (bound: number): Threshold[] => [
  { value: null, color: 'red' },
  { value: bound, color: 'green' },
]

interface Describable {
  title(title: string): this
  description(description: string): this
  unit(unit: string): this
  datasource(source: DataSourceRef): this
  withTarget(target: Builder<Dataquery>): this
}

function described<P extends Describable>(panel: P, { title, description, unit }: PanelText, queries: Queries): P {
  panel.title(title).description(description).unit(unit).datasource(queries[0].source)
  for (const [index, query] of queries.entries()) panel.withTarget(query.target(String.fromCharCode(65 + index)))
  return panel
}
