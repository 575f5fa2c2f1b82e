import { withClient } from '@fintech-streams/local'
import { eventually } from '../eventually.ts'
import { databaseOf } from '../settled.ts'
import { CONNECTOR, type Fault, fintech, type Scene } from './scene.ts'

/** Connect acts on a request some time after it has answered. */
const CONNECT_ACTS_WITHIN_MS = 1_000
const STOPS_WITHIN_MS = 60_000
const FAILS_WITHIN_MS = 90_000

async function taskRestarted(scene: Scene): Promise<void> {
  await scene.measure('connector: task restarted', async () => {
    await request(scene, 'POST', 'tasks/0/restart')
    return Date.now() + CONNECT_ACTS_WITHIN_MS
  })
}

/** Everything is sent again: a snapshot of all rows, then what comes. */
async function offsetsReset(scene: Scene): Promise<void> {
  await scene.measure('connector: offsets reset, all sent again', async () => {
    await scene.connect.stop(CONNECTOR)
    await stopped(scene)
    await scene.connect.deleteOffsets(CONNECTOR)
    await request(scene, 'PUT', 'resume')
    return Date.now()
  })
}

async function stopped({ connect }: Scene): Promise<void> {
  const deadlineMs = Date.now() + STOPS_WITHIN_MS
  for (;;) {
    const status = await connect.status(CONNECTOR)
    if (status?.connector.state === 'STOPPED' && status.tasks.length === 0) return
    if (Date.now() > deadlineMs) throw new Error(`${CONNECTOR} does not stop within ${STOPS_WITHIN_MS / 1_000} s`)
    await connect.pause()
  }
}

async function request({ connect }: Scene, method: string, what: string): Promise<void> {
  const response = await fetch(`${connect.url}/connectors/${CONNECTOR}/${what}`, { method })
  if (!response.ok) throw new Error(`Connect answers ${response.status} to ${method} ${what}: ${await response.text()}`)
}

/** Postgres refuses the connector's role, as after a changed password, until its task has failed. */
async function failed(scene: Scene): Promise<void> {
  await scene.measure('connector: failed', async () => {
    await asSuperuser(scene, 'alter role debezium nologin')
    try {
      await asSuperuser(scene, "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'debezium'")
      const status = () => scene.connect.status(CONNECTOR).catch(() => undefined)
      const seen = await eventually(status, (found) => hasFailed(found), FAILS_WITHIN_MS)
      if (!hasFailed(seen)) throw new Error(`${CONNECTOR} did not fail although Postgres refuses it`)
    } finally {
      await asSuperuser(scene, 'alter role debezium login')
    }
    await fintech(scene, 'connectors', 'apply')
    return undefined
  })
}

const hasFailed = (status: Awaited<ReturnType<Scene['connect']['status']>>): boolean =>
  status?.tasks.some(({ state }) => state === 'FAILED') === true

async function asSuperuser({ stack }: Scene, sql: string): Promise<void> {
  await withClient(stack, databaseOf(stack), (client) => client.query(sql))
}

export const CONNECTOR_FAULTS: readonly Fault[] = [
  {
    name: 'task-restarted',
    does: 'the task of the connector is restarted through Connect',
    heals: 'it goes on where it was',
    weight: 5,
    inject: taskRestarted,
  },
  {
    name: 'offsets-reset',
    does: 'the connector is stopped, its offsets are deleted, it is resumed',
    heals: 'a snapshot sends every row again, each counts once',
    weight: 2,
    inject: offsetsReset,
  },
  {
    name: 'connector-failed',
    does: 'Postgres refuses the role of the connectors until the task has failed',
    heals: 'the role may log in again, connectors apply restarts what failed',
    weight: 2,
    inject: failed,
  },
]
