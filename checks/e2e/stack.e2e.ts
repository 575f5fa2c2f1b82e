import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Admin, Producer, stringSerializers } from '@platformatic/kafka'
import {
  clean,
  kafkaOf,
  kill,
  openStack,
  processInfo,
  type Stack,
  startProcesses,
  stopStack,
  withClient,
} from '@fintech-streams/local'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testPorts } from '../src/stack.ts'

const INFRASTRUCTURE = ['postgres', 'kafka', 'connect']

let stack: Stack

beforeAll(async () => {
  stack = await separateStack()
  await startProcesses(stack, INFRASTRUCTURE)
})
afterAll(() => removeStack(stack))

/** A stack on free ports and in a folder that, for root, the database's own user cannot enter. */
async function separateStack(): Promise<Stack> {
  return openStack({ dataDir: mkdtempSync(join(tmpdir(), 'fintech-e2e-stack-')), ports: await testPorts() })
}

async function removeStack(of: Stack): Promise<void> {
  await clean(of, false, () => undefined)
  rmSync(of.dataDir, { recursive: true, force: true })
}

async function killAndStart(name: string): Promise<void> {
  const before = processInfo(stack, name).pid
  expect(kill(stack, name, 'SIGKILL')).toBe(true)
  await startProcesses(stack, [name])
  expect(processInfo(stack, name)).toMatchObject({ running: true, expected: true })
  expect(processInfo(stack, name).pid).not.toBe(before)
}

describe('kill -9 followed by start', () => {
  it('brings Postgres back with what was committed', async () => {
    const database = stack.env['POSTGRES_DB'] ?? ''
    await withClient(stack, database, async (client) => {
      await client.query('create table survives (n int)')
      await client.query('insert into survives select generate_series(1, 1000)')
    })
    await killAndStart('postgres')
    const rows = await withClient(stack, database, (client) =>
      client.query('select count(n)::int as kept from survives'),
    )
    expect(rows.rows).toEqual([{ kept: 1000 }])
  })

  it('brings Kafka back with what was acknowledged', async () => {
    const connection = kafkaOf(stack, 'stack-e2e')
    const admin = new Admin(connection)
    await admin.createTopics({ topics: ['survives'], partitions: 1, replicas: 1 })
    const producer = new Producer({ ...connection, serializers: stringSerializers, acks: -1 })
    await producer.send({ messages: Array.from({ length: 100 }, (_, n) => ({ topic: 'survives', value: String(n) })) })
    await producer.close()
    await admin.close()

    await killAndStart('kafka')
    const again = new Admin(connection)
    const [topic] = await again.listOffsets({
      topics: [{ name: 'survives', partitions: [{ partitionIndex: 0, timestamp: -1n }] }],
    })
    await again.close()
    expect(topic?.partitions[0]?.offset).toBe(100n)
  })

  it('brings Connect back with its connectors', async () => {
    // After Kafka was away, Connect is ready again when it has rejoined its group.
    await startProcesses(stack, ['connect'])
    const url = `http://localhost:${stack.ports.connect}/connectors`
    const config = {
      'connector.class': 'io.debezium.connector.postgresql.PostgresConnector',
      'topic.prefix': 'survives',
      'database.hostname': '${env:POSTGRES_HOST}',
      'database.port': '${env:POSTGRES_PORT}',
      'database.dbname': '${env:POSTGRES_DB}',
      'database.user': 'debezium',
      'database.password': '${env:DEBEZIUM_DB_PASSWORD}',
      'plugin.name': 'pgoutput',
    }
    const created = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'survives', initial_state: 'STOPPED', config }),
    })
    expect(await created.json()).toMatchObject({ name: 'survives' })
    await killAndStart('connect')
    expect(await (await fetch(url)).json()).toEqual(['survives'])
  })

  it('brings all of them back at once', async () => {
    for (const name of INFRASTRUCTURE) expect(kill(stack, name, 'SIGKILL')).toBe(true)
    await startProcesses(stack, INFRASTRUCTURE)
    for (const name of INFRASTRUCTURE) expect(processInfo(stack, name).running).toBe(true)
  })
})

it('a stack that runs is left alone by another start', async () => {
  const pids = INFRASTRUCTURE.map((name) => processInfo(stack, name).pid)
  await startProcesses(stack, INFRASTRUCTURE)
  expect(INFRASTRUCTURE.map((name) => processInfo(stack, name).pid)).toEqual(pids)
})

it('stopping ends every process and frees every port', async () => {
  await stopStack(stack)
  for (const name of INFRASTRUCTURE) {
    expect(processInfo(stack, name)).toMatchObject({ pid: undefined, running: false, expected: false })
  }
  const { postgres, kafka, kafkaController, connect } = stack.ports
  for (const port of [postgres, kafka, kafkaController, connect]) await closed(port)
})

describe('a process that cannot start', () => {
  it('names the port that is taken, and its variable', async () => {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(stack.ports.kafka, '127.0.0.1', resolve))
    try {
      await expect(startProcesses(stack, ['kafka'])).rejects.toThrow(
        new RegExp(`^port ${stack.ports.kafka}, which kafka needs, is in use .* set KAFKA_PORT`),
      )
    } finally {
      await new Promise((resolve) => server.close(resolve))
    }
  })

  it('shows the last lines of its log and leaves nothing behind', async () => {
    const broken = await separateStack()
    try {
      mkdirSync(join(broken.dataDir, 'kafka'))
      writeFileSync(join(broken.dataDir, 'kafka/meta.properties'), 'version=1\nnode.id=7\ncluster.id=elsewhere\n')
      await expect(startProcesses(broken, ['kafka'])).rejects.toThrow(/^kafka ended while it started[^]*node id 7/)
      expect(processInfo(broken, 'kafka')).toMatchObject({ running: false, expected: false })
    } finally {
      await removeStack(broken)
    }
    expect(existsSync(broken.dataDir)).toBe(false)
  })
})

/** @throws Error when something listens on the port. */
function closed(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => server.close(() => resolve()))
  })
}
