import type { LinesResult, RowsResult } from '@fintech-streams/api/schema'
import { Empty } from '../../../elements/states.tsx'
import type { Panel } from '../model.ts'
import type { PanelData } from '../panel-card.tsx'
import { BarGaugePanel } from './bar-gauge-panel.tsx'
import { BarsPanel } from './bars-panel.tsx'
import { GaugePanel } from './gauge-panel.tsx'
import { MapPanel } from './map-panel.tsx'
import { PiePanel } from './pie-panel.tsx'
import { StatPanel } from './stat-panel.tsx'
import { TablePanel } from './table-panel.tsx'
import { TimeSeriesPanel } from './time-series-panel.tsx'

/** What a panel of each kind shows. */
export function PanelContent({ panel, data }: { readonly panel: Panel; readonly data: PanelData }) {
  const lines = data.answer.results.filter((result): result is LinesResult => result.kind === 'lines')
  const rows = data.answer.results.find((result): result is RowsResult => result.kind === 'rows')
  if (panel.type === 'timeseries') return <TimeSeriesPanel panel={panel} data={data} results={lines} />
  if (rows === undefined) return <Empty>The console cannot draw this.</Empty>
  switch (panel.type) {
    case 'stat':
      return <StatPanel panel={panel} rows={rows} />
    case 'gauge':
      return <GaugePanel panel={panel} rows={rows} />
    case 'bargauge':
      return <BarGaugePanel panel={panel} rows={rows} />
    case 'barchart':
      return <BarsPanel panel={panel} rows={rows} />
    case 'piechart':
      return <PiePanel panel={panel} rows={rows} />
    case 'geomap':
      return <MapPanel panel={panel} rows={rows} />
    default:
      return <TablePanel panel={panel} rows={rows} />
  }
}
