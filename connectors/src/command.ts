import {
  addSettings,
  connectSettings,
  createProgram,
  duration,
  OperatingError,
  postgresConfig,
  postgresSettings,
  stopSignal,
  toggle,
  UsageError,
  valuesOf,
} from '@fintech-streams/service'
import { CONNECTORS } from '@fintech-streams/contracts'
import { applyConnector, describe, isRunning } from './apply.ts'
import { readConnectorConfig } from './config.ts'
import { ConnectClient } from './connect-client.ts'
import { forgetPosition } from './forget.ts'

const settings = {
  ...connectSettings,
  wait: duration({
    env: 'CONNECT_WAIT',
    default: 120_000,
    help: 'how long to wait for Connect, and for each connector',
  }),
}
const deleteSettings = {
  ...settings,
  ...postgresSettings,
  forget: toggle({ help: 'also forget how far it has read and drop its slot: the next apply takes a new snapshot' }),
}

const signal = stopSignal()
const say = (line: string): void => void process.stdout.write(`${line}\n`)
const clientOf = (values: { connectHost: string; connectPort: number }): ConnectClient =>
  new ConnectClient(`http://${values.connectHost}:${values.connectPort}`, signal)

function chosen(names: readonly string[]): readonly string[] {
  const known: readonly string[] = CONNECTORS
  const unknown = names.filter((name) => !known.includes(name))
  if (unknown.length > 0) {
    throw new UsageError(`unknown connector ${unknown.join(', ')}: expected some of ${known.join(', ')}`)
  }
  return names.length === 0 ? known : names
}

export const command = createProgram('connectors', 'Apply, show and delete the Debezium connectors of the platform')

const apply = command
  .command('apply [names...]')
  .description('create or change connectors and wait until each of their tasks runs')
addSettings(apply, settings).action(async (names: string[]) => {
  const values = valuesOf(apply, settings)
  const client = clientOf(values)
  const configs = await Promise.all(
    chosen(names).map(async (name) => ({ name, config: await readConnectorConfig(name) })),
  )
  await client.waitUntilUp(values.wait)
  for (const { name, config } of configs) {
    say(`${name} ${await applyConnector(client, name, config, values.wait)}, running`)
  }
})

const status = command.command('status [names...]').description('show connectors and tasks; exit 1 unless all run')
addSettings(status, connectSettings).action(async (names: string[]) => {
  const client = clientOf(valuesOf(status, connectSettings))
  const down: string[] = []
  for (const name of chosen(names)) {
    const found = await client.status(name)
    if (!isRunning(found)) down.push(name)
    say(`${name} ${describe(found)}`)
    for (const { trace } of [...(found === undefined ? [] : [found.connector, ...found.tasks])]) {
      if (trace !== undefined) say(trace)
    }
  }
  if (down.length > 0) throw new OperatingError('connectors_down', `not running: ${down.join(', ')}; try connectors apply`)
})

const remove = command
  .command('delete [names...]')
  .description('remove connectors; unless forgotten, apply later resumes where they stopped')
addSettings(remove, deleteSettings).action(async (names: string[]) => {
  const values = valuesOf(remove, deleteSettings)
  const client = clientOf(values)
  await client.waitUntilUp(values.wait)
  for (const name of chosen(names)) {
    if (values.forget) await forgetPosition(client, name, await readConnectorConfig(name), postgresConfig(values))
    const deleted = await client.delete(name)
    say(`${name} ${deleted ? 'deleted' : 'was not there'}${values.forget ? ', offsets and slot forgotten' : ''}`)
  }
})
