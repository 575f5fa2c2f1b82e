import { lazy, Suspense } from 'react'
import { Loading } from '../elements/states.tsx'
import type { ChartOption } from './echarts.ts'

export interface ChartProps {
  readonly option: ChartOption
  /** What the chart shows, in words: all that a screen reader has of it. */
  readonly label: string
}

/** Asked for at once: it comes while the first data does. */
const canvas = import('./canvas.tsx')
const Canvas = lazy(() => canvas)

/** A chart that fills what surrounds it, in the colours of the theme. */
export const Chart = (props: ChartProps) => (
  <Suspense
    fallback={
      <div className="chart">
        <Loading />
      </div>
    }
  >
    <Canvas {...props} />
  </Suspense>
)
