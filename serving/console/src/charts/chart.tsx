import { useComputedColorScheme } from '@mantine/core'
import { useEffect, useRef } from 'react'
import { type ChartOption, init } from './echarts.ts'
import { colorsOf } from './colors.ts'

interface ChartProps {
  readonly option: ChartOption
  /** What the chart shows, in words: all that a screen reader has of it. */
  readonly label: string
}

/** A chart that fills what surrounds it, in the colours of the theme. */
export function Chart({ option, label }: ChartProps) {
  const box = useRef<HTMLDivElement>(null)
  const chart = useRef<ReturnType<typeof init>>(null)
  const scheme = useComputedColorScheme('light')

  useEffect(() => {
    const element = box.current!
    const made = init(element, null, { renderer: 'canvas' })
    chart.current = made
    const observer = new ResizeObserver(() => made.resize())
    observer.observe(element)
    return () => {
      observer.disconnect()
      made.dispose()
    }
  }, [])

  useEffect(() => {
    const { text, line, panel } = colorsOf(scheme)
    const common: ChartOption = {
      animation: false,
      textStyle: { color: text, fontFamily: 'inherit' },
      tooltip: { confine: true, backgroundColor: panel, borderColor: line, textStyle: { color: text, fontSize: 12 } },
    }
    chart.current!.setOption(
      { ...common, ...option, tooltip: { ...common.tooltip, ...option.tooltip } },
      { notMerge: true },
    )
  }, [option, scheme])

  return <div ref={box} className="chart" role="img" aria-label={label} />
}
