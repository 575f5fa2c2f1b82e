import { OperatingError } from '@fintech-streams/service'
import { type ConnectorConfig, isApplied, variablesOf } from './config.ts'
import { type ConnectClient, type ConnectorStatus } from './connect-client.ts'

/**
 * Connect reports a task as running before the task has reached its database, and for a moment still reports the task
 * that a new configuration replaces. A state counts when it holds for this long.
 */
const SETTLED_MS = 2_000

export type Applied = 'created' | 'changed' | 'restarted' | 'unchanged'

/**
 * Gives Connect a connector's configuration and waits until the connector and each of its tasks run. Doing it again
 * changes nothing; of a connector that failed meanwhile it restarts what failed.
 *
 * @returns what was done.
 * @throws OperatingError when the plugin is missing, Connect refuses the configuration, a task fails (with its trace) or
 *   it does not run within the time.
 */
export async function applyConnector(
  client: ConnectClient,
  name: string,
  config: ConnectorConfig,
  withinMs: number,
): Promise<Applied> {
  await requirePlugin(client, config)
  const current = await client.config(name)
  let applied: Applied = 'unchanged'
  if (!isApplied(config, current)) {
    await client.putConfig(name, config)
    applied = current === undefined ? 'created' : 'changed'
  } else if ((await client.status(name).then(failureOf)) !== undefined) {
    await client.restartFailed(name)
    applied = 'restarted'
  }
  await waitUntilRunning(client, name, config, { withinMs, settledMs: applied === 'unchanged' ? 0 : SETTLED_MS })
  return applied
}

async function requirePlugin(client: ConnectClient, config: ConnectorConfig): Promise<void> {
  const wanted = config['connector.class'] ?? ''
  const plugins = await client.plugins()
  if (plugins.some((plugin) => plugin.class === wanted)) return
  throw new OperatingError(
    'plugin_missing',
    `Kafka Connect at ${client.url} has no plugin ${wanted}: put Debezium's jars on its plugin path`,
  )
}

async function waitUntilRunning(
  client: ConnectClient,
  name: string,
  config: ConnectorConfig,
  { withinMs, settledMs }: { withinMs: number; settledMs: number },
): Promise<void> {
  const deadline = performance.now() + withinMs
  let seen = ''
  let sinceMs = performance.now()
  for (;;) {
    const status = await client.status(name)
    const failure = failureOf(status)
    const state = failure ?? (isRunning(status) ? 'running' : describe(status))
    const nowMs = performance.now()
    if (state !== seen) {
      seen = state
      sinceMs = nowMs
    }
    const settled = nowMs - sinceMs >= settledMs
    if (settled && failure !== undefined) throw failed(name, config, failure)
    if (settled && state === 'running') return
    if (nowMs >= deadline) {
      const waited = `${Math.round(withinMs / 1000)} s`
      throw new OperatingError('not_running', `${name} does not run within ${waited}, it is ${state}`)
    }
    await client.pause()
  }
}

function failed(name: string, config: ConnectorConfig, trace: string): OperatingError {
  return new OperatingError(
    'connector_failed',
    `${name} failed; its worker needs the variables ${variablesOf(config).join(', ')}; the trace is\n${trace}`,
  )
}

/** The trace of the first part that failed. */
function failureOf(status: ConnectorStatus | undefined): string | undefined {
  const parts = status === undefined ? [] : [status.connector, ...status.tasks]
  const failed = parts.find(({ state }) => state === 'FAILED')
  return failed === undefined ? undefined : (failed.trace ?? 'no trace')
}

/** Whether the connector and each of its tasks run, and it has tasks. */
export function isRunning(status: ConnectorStatus | undefined): boolean {
  if (status === undefined || status.tasks.length === 0) return false
  return [status.connector, ...status.tasks].every(({ state }) => state === 'RUNNING')
}

/** One line: the connector's state and that of each task. */
export function describe(status: ConnectorStatus | undefined): string {
  if (status === undefined) return 'absent'
  const tasks = status.tasks.map(({ id, state }) => `task ${id} ${state}`)
  return [status.connector.state, ...(tasks.length === 0 ? ['no task'] : tasks)].join(', ')
}
