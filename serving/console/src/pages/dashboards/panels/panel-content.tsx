import { memo } from 'react'
import { Empty } from '../../../elements/states.tsx'
import type { Panel } from '../model.ts'
import type { PanelData } from '../panel-data.ts'
import { BarGaugePanel } from './bar-gauge-panel.tsx'
import { BarsPanel } from './bars-panel.tsx'
import { GaugePanel } from './gauge-panel.tsx'
import { MapPanel } from './map-panel.tsx'
import { PiePanel } from './pie-panel.tsx'
import { StatPanel } from './stat-panel.tsx'
import { TablePanel } from './table-panel.tsx'
import { TimeSeriesPanel } from './time-series-panel.tsx'

const OF_ROWS: Readonly<Record<string, typeof TablePanel>> = {
  stat: StatPanel,
  gauge: GaugePanel,
  bargauge: BarGaugePanel,
  barchart: BarsPanel,
  piechart: PiePanel,
  geomap: MapPanel,
}

/** What a panel of each kind shows. It is drawn again only when there is something else to draw. */
export const PanelContent = memo(({ panel, data }: { readonly panel: Panel; readonly data: PanelData }) => {
  if (panel.type === 'timeseries') return <TimeSeriesPanel panel={panel} data={data} />
  if (data.rows === undefined) return <Empty>The console cannot draw this.</Empty>
  const Content = OF_ROWS[panel.type] ?? TablePanel
  return <Content panel={panel} rows={data.rows} />
})
