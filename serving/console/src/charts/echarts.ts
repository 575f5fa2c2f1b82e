/** The parts of ECharts that are drawn with; what is not named here does not get into the bundle. */
import { BarChart, LineChart, PieChart, ScatterChart } from 'echarts/charts'
import type { BarSeriesOption, LineSeriesOption, PieSeriesOption, ScatterSeriesOption } from 'echarts/charts'
import { GeoComponent, GridComponent, MarkLineComponent, TooltipComponent } from 'echarts/components'
import type { GeoComponentOption, GridComponentOption, TooltipComponentOption } from 'echarts/components'
import { type ComposeOption, init, registerMap, use } from 'echarts/core'
import { CanvasRenderer } from 'echarts/renderers'

use([
  BarChart,
  CanvasRenderer,
  GeoComponent,
  GridComponent,
  LineChart,
  MarkLineComponent,
  PieChart,
  ScatterChart,
  TooltipComponent,
])

export type ChartOption = ComposeOption<
  | BarSeriesOption
  | GeoComponentOption
  | GridComponentOption
  | LineSeriesOption
  | PieSeriesOption
  | ScatterSeriesOption
  | TooltipComponentOption
>

export { init, registerMap }
