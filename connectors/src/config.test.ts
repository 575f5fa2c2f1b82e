import { readdir } from 'node:fs/promises'
import {
  analyticsTopic,
  changeTopic,
  CONNECTOR_TABLES,
  CONNECTORS,
  type ConnectorName,
  eventTopic,
  PARTITIONS,
  processorTopics,
  TRANSACTIONS_TOPIC,
} from '@fintech-streams/contracts'
import { describe, expect, test } from 'vitest'
import { CONFIG_DIRECTORY, type ConnectorConfig, isApplied, readConnectorConfig, variablesOf } from './config.ts'

const configs = Object.fromEntries(
  await Promise.all(CONNECTORS.map(async (name) => [name, await readConnectorConfig(name)])),
) as Record<ConnectorName, ConnectorConfig>
const main = configs['fintech-main-connector']
const outbox = configs['fintech-outbox-connector']
const analytics = configs['fintech-analytics-connector']

/** The topic to which a table's changes go. */
function routed(config: ConnectorConfig, table: string): string {
  const from = new RegExp(`^${config['transforms.route.regex']}$`)
  const original = `${config['topic.prefix']}.public.${table}`
  expect(original).toMatch(from)
  return original.replace(from, config['transforms.route.replacement'] ?? '')
}

/** The settings of a topic that Connect would create: those of the first group that includes it, else the default. */
function topicSettings(config: ConnectorConfig, topic: string): Record<string, string> {
  const groups = (config['topic.creation.groups'] ?? '').split(',')
  const group =
    groups.find((name) => new RegExp(`^(${config[`topic.creation.${name}.include`]})$`).test(topic)) ?? 'default'
  const prefix = `topic.creation.${group}.`
  const own = Object.entries(config).filter(([key]) => key.startsWith(prefix) && !key.endsWith('.include'))
  return Object.fromEntries(own.map(([key, value]) => [key.slice(prefix.length), value]))
}

const tablesOf = (config: ConnectorConfig): string[] =>
  (config['table.include.list'] ?? '').split(',').map((table) => table.replace('public.', ''))

describe('the connector files', () => {
  test('are one per connector of the contract', async () => {
    expect((await readdir(CONFIG_DIRECTORY)).sort()).toEqual(CONNECTORS.map((name) => `${name}.json`).sort())
  })

  test('stream the tables of the contract to its topics', () => {
    for (const name of CONNECTORS) expect(tablesOf(configs[name])).toEqual(CONNECTOR_TABLES[name])
    for (const table of tablesOf(main)) expect(routed(main, table)).toBe(changeTopic(table))
    for (const table of tablesOf(analytics)) expect(routed(analytics, table)).toBe(analyticsTopic(table))
    expect(outbox['transforms.event.route.topic.replacement']).toBe(eventTopic('${routedByValue}'))
  })

  test('create the source of the processor as the processor itself would', () => {
    const spec = processorTopics([]).find(({ name }) => name === TRANSACTIONS_TOPIC)
    const { partitions, 'replication.factor': _, ...rest } = topicSettings(main, TRANSACTIONS_TOPIC)
    expect(partitions).toBe(String(spec?.partitions))
    expect(rest).toEqual(spec?.configs)
  })

  test('keep the last row of reference data and expire facts', () => {
    for (const table of ['customers', 'accounts', 'merchants']) {
      expect(topicSettings(main, changeTopic(table))).toMatchObject({
        'cleanup.policy': 'compact',
        partitions: String(PARTITIONS),
      })
    }
    expect(topicSettings(main, changeTopic('fraud_alerts'))['cleanup.policy']).toBe('delete')
    expect(topicSettings(outbox, eventTopic('transaction_created'))['cleanup.policy']).toBe('delete')
    for (const config of Object.values(configs)) {
      const heartbeats = `__debezium-heartbeat.${config['topic.prefix']}`
      expect(topicSettings(config, heartbeats)).toMatchObject({ 'cleanup.policy': 'compact', partitions: '1' })
    }
  })

  test('agree in everything but what tells them apart', () => {
    const own =
      /^(topic\.(prefix|creation)|table\.|publication\.name|slot\.name|message\.key|skipped|transforms|heartbeat\.action|poll\.|.*converter$)/
    const shared = Object.values(configs).map((config) =>
      Object.fromEntries(Object.entries(config).filter(([key]) => !own.test(key))),
    )
    expect(shared[1]).toEqual(shared[0])
    expect(shared[2]).toEqual(shared[0])
    for (const key of ['topic.prefix', 'publication.name', 'slot.name', 'heartbeat.action.query']) {
      expect(new Set(Object.values(configs).map((config) => config[key])).size).toBe(CONNECTORS.length)
    }
  })

  test('name themselves in their heartbeat', () => {
    for (const [name, config] of Object.entries(configs))
      expect(config['heartbeat.action.query']).toContain(`'${name}'`)
  })

  test('hold no address and no secret of their own', () => {
    for (const config of Object.values(configs)) {
      expect(variablesOf(config)).toEqual([
        'DEBEZIUM_DB_PASSWORD',
        'POSTGRES_DB',
        'POSTGRES_HOST',
        'POSTGRES_PORT',
        'POSTGRES_SSLMODE',
        'POSTGRES_SSL_CA',
      ])
    }
  })
})

describe('readConnectorConfig', () => {
  test('says which file is missing', async () => {
    await expect(readConnectorConfig('absent')).rejects.toThrow('absent.json is no connector configuration')
  })
})

describe('isApplied', () => {
  const wanted = { a: '1', b: '2' }

  test('ignores the name that Connect adds', () => {
    expect(isApplied(wanted, { ...wanted, name: 'x' })).toBe(true)
  })

  test('sees a changed, an added and a removed setting, and an absent connector', () => {
    expect(isApplied(wanted, { a: '1', b: '3', name: 'x' })).toBe(false)
    expect(isApplied(wanted, { ...wanted, c: '3', name: 'x' })).toBe(false)
    expect(isApplied(wanted, { a: '1', name: 'x' })).toBe(false)
    expect(isApplied(wanted, undefined)).toBe(false)
  })
})
