import { Registry } from 'prom-client'
import { beforeEach, expect, test } from 'vitest'
import { type BrokerState } from './broker.ts'
import { type ConnectState } from './connectors.ts'
import { measureInfrastructure } from './infrastructure-metrics.ts'
import { type ProbeResult } from './probe.ts'

const DOWN = { ok: false, reason: 'ECONNREFUSED' } as const
const running = { id: 0, state: 'RUNNING', trace: undefined }
const connector = { state: 'RUNNING', trace: undefined }

let broker: ProbeResult<BrokerState>
let connect: ProbeResult<ConnectState>
let registry: Registry

beforeEach(() => {
  const endOffsets = new Map([['fintech.transactions', [10, 20]]])
  broker = { ok: true, value: { brokers: 1, leaderless: 2, endOffsets, processed: new Map() } }
  connect = {
    ok: true,
    value: {
      connectors: [
        { ...connector, name: 'runs', tasks: [running] },
        { ...connector, name: 'has-a-failed-task', tasks: [{ ...running, state: 'FAILED' }] },
        { ...connector, name: 'has-no-task', tasks: [] },
      ],
    },
  }
  registry = new Registry()
  measureInfrastructure(registry, { broker: async () => broker, connect: async () => connect })
})

async function samples(): Promise<string[]> {
  return (await registry.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#'))
}

test('what the brokers and Connect answer', async () => {
  expect(await samples()).toEqual([
    'serving_kafka_brokers 1',
    'serving_kafka_leaderless_partitions 2',
    'serving_kafka_topic_end_offset{topic="fintech.transactions"} 30',
    'serving_kafka_topic_partitions{topic="fintech.transactions"} 2',
    'serving_connector_running{connector="runs"} 1',
    'serving_connector_running{connector="has-a-failed-task"} 0',
    'serving_connector_running{connector="has-no-task"} 0',
  ])
})

test('what is not known is left out, and no broker is none', async () => {
  await samples()
  broker = DOWN
  connect = DOWN
  expect(await samples()).toEqual(['serving_kafka_brokers 0'])
})
