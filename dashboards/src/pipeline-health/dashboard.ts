import {
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  RowBuilder,
} from '@grafana/grafana-foundation-sdk/dashboard'
import * as panel from './panels.ts'

const ROWS: readonly (readonly [title: string, panels: readonly panel.PanelOf[]])[] = [
  [
    'Now',
    [panel.processorsUp, panel.sinksUp, panel.alertsFiring, panel.recordsPerSecond, panel.latencyNow, panel.waiting],
  ],
  [
    'Flow',
    [
      panel.transactionsWritten,
      panel.throughput,
      panel.latency,
      panel.inputByJob,
      panel.resultsByJob,
      panel.rowsByTable,
    ],
  ],
  ['Lag', [panel.lag, panel.watermarkDelay, panel.sinkLag, panel.slots, panel.heartbeats]],
  ['Left out', [panel.skipped, panel.late, panel.deadLettered, panel.lateTable, panel.deadLetterTable]],
  ['Safety', [panel.commits, panel.checkpointAge, panel.failures]],
  ['Results', [panel.results, panel.verdicts, panel.volume]],
  ['Processes', [panel.memory, panel.cpu, panel.eventLoop, panel.state]],
]

/** Whether the pipeline runs, keeps up, loses nothing and could recover. */
export function pipelineHealth(): Dashboard {
  const dashboard = new DashboardBuilder('Pipeline Health')
    .uid('pipeline-health')
    .description('Whether the pipeline runs, keeps up, loses nothing and could recover.')
    .tags(['fintech-streams'])
    .timezone('utc')
    .time({ from: 'now-30m', to: 'now' })
    .refresh('10s')
    .tooltip(DashboardCursorSync.Crosshair)
    .readonly()
  for (const [title, panels] of ROWS) {
    dashboard.withRow(new RowBuilder(title))
    for (const build of panels) dashboard.withPanel(build())
  }
  const built = dashboard.build()
  // Fixed numbers: links to a panel last.
  built.panels?.forEach((one, index) => (one.id = index + 1))
  return built
}
