import { readConnectorConfig } from '@fintech-streams/connectors'
import { withClient } from '@fintech-streams/local'
import { eventually } from '../eventually.ts'
import { databaseOf } from '../settled.ts'
import { CONNECTOR, type Fault, fintech, type Scene } from './scene.ts'

/** Connect acts on a request some time after it has answered. */
const CONNECT_ACTS_WITHIN_MS = 1_000
const STOPS_WITHIN_MS = 60_000
const FAILS_WITHIN_MS = 180_000

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

/**
 * Postgres has lost the connector's slot, as after a restored backup: what was written meanwhile is in no log, so the task
 * fails instead of leaving a hole.
 */
async function slotLost(scene: Scene): Promise<void> {
  await scene.measure('connector: failed, its slot lost', async () => {
    const slot = (await readConnectorConfig(CONNECTOR))['slot.name'] ?? ''
    await asSuperuser(scene, 'alter role debezium nologin')
    try {
      await eventually(
        () =>
          asSuperuser(scene, DROP_SLOT.replaceAll('$1', `'${slot}'`)).then(
            () => true,
            () => false,
          ),
        (isDropped) => isDropped,
      )
    } finally {
      await asSuperuser(scene, 'alter role debezium login')
    }
    const status = () => scene.connect.status(CONNECTOR).catch(() => undefined)
    const seen = await eventually(status, hasFailed, FAILS_WITHIN_MS)
    if (!hasFailed(seen)) throw new Error(`${CONNECTOR} did not fail although its slot is lost`)
    await fintech(scene, 'connectors', 'delete', '--forget', CONNECTOR)
    await fintech(scene, 'connectors', 'apply', CONNECTOR)
    return undefined
  })
}

const DROP_SLOT = `
  select pg_terminate_backend(active_pid) from pg_replication_slots where slot_name = $1 and active_pid is not null;
  select pg_drop_replication_slot($1)`

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
    does: 'the slot of the connector is dropped, so that its task fails instead of leaving a hole',
    heals: 'connectors delete --forget and apply: a snapshot sends every row again',
    weight: 1,
    inject: slotLost,
  },
]
