import { useEffect, useRef, useState } from 'react'
import type { ChartProps } from './chart.tsx'
import { useColors } from './colors.ts'
import { type ChartOption, init } from './echarts.ts'

/** A chart that ECharts draws: with its library, which is large, in a chunk of its own. */
export default function Canvas({ option, label }: ChartProps) {
  const box = useRef<HTMLDivElement>(null)
  const chart = useRef<ReturnType<typeof init>>(null)
  const colors = useColors()
  // ECharts cannot place a map in a box without an area, as one has that is hidden or not laid out yet.
  const [hasRoom, setHasRoom] = useState(false)

  useEffect(() => {
    const element = box.current!
    const made = init(element, null, { renderer: 'canvas' })
    chart.current = made
    const observer = new ResizeObserver(() => {
      const isThere = element.clientWidth > 0 && element.clientHeight > 0
      if (isThere) made.resize()
      setHasRoom(isThere)
    })
    observer.observe(element)
    return () => {
      observer.disconnect()
      made.dispose()
    }
  }, [])

  useEffect(() => {
    if (!hasRoom) return
    const { text, line, panel } = colors
    const common: ChartOption = {
      animation: false,
      textStyle: { color: text, fontFamily: 'inherit' },
      tooltip: { confine: true, backgroundColor: panel, borderColor: line, textStyle: { color: text, fontSize: 12 } },
    }
    chart.current!.setOption(
      { ...common, ...option, tooltip: { ...common.tooltip, ...option.tooltip } },
      { notMerge: true },
    )
  }, [option, colors, hasRoom])

  return <div ref={box} className="chart" role="img" aria-label={label} />
}
