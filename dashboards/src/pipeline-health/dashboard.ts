import { type Dashboard } from '@grafana/grafana-foundation-sdk/dashboard'
import { dashboard, type Rows } from '../dashboard.ts'
import * as panel from './panels.ts'

const ROWS: Rows = [
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
  ['Safety', [panel.commits, panel.checkpointAge, panel.checkpointBytes, panel.failures]],
  ['Results', [panel.results, panel.verdicts, panel.volume]],
  ['Kafka and Connect', [panel.brokers, panel.leaderless, panel.connectorsRunning, panel.writtenByTopic]],
  [
    'Postgres',
    [panel.outboxBytes, panel.outboxRows, panel.databaseBytes, panel.resultBytes, panel.connections, panel.cacheHits],
  ],
  ['Processes', [panel.memory, panel.cpu, panel.eventLoop, panel.state]],
]

/** Whether the pipeline runs, keeps up, loses nothing and could recover. */
export const pipelineHealth = (): Dashboard =>
  dashboard(
    {
      uid: 'pipeline-health',
      title: 'Pipeline Health',
      description: 'Whether the pipeline runs, keeps up, loses nothing and could recover.',
    },
    { rows: ROWS, since: 'now-30m', refresh: '10s' },
  )
