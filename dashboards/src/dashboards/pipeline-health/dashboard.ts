import { type DashboardValue } from '../../dashboard.ts'
import { flow } from './flow.ts'
import { outcome } from './outcome.ts'
import { platform } from './platform.ts'

/** Whether the pipeline runs, keeps up, loses nothing and could recover. */
export const pipelineHealth: DashboardValue = {
  uid: 'pipeline-health',
  title: 'Pipeline Health',
  description: 'Whether the pipeline runs, keeps up, loses nothing and could recover.',
  since: 'now-30m',
  refresh: '10s',
  rows: { ...flow, ...outcome, ...platform },
}
