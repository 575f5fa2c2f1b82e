import { kafkaOf, type Stack } from '@fintech-streams/local'
import { Admin, Producer } from '@platformatic/kafka'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type SourceRecord } from '../src/oracle/source.ts'
import { type CommittedLog } from '@fintech-streams/audit'
import { openLog, READERS } from '../src/verify/reader.ts'
import { startTestStack, stopTestStack } from '../src/stack.ts'

type Transaction = Awaited<ReturnType<Producer['beginTransaction']>>

let stack: Stack
let admin: Admin
let log: CommittedLog
const producers: Producer[] = []

beforeAll(async () => {
  stack = await startTestStack('read-committed', ['kafka'])
  admin = new Admin(kafkaOf(stack, 'e2e'))
})
afterAll(async () => {
  for (const client of [...producers, admin]) await client?.close()
  await stopTestStack(stack)
})

async function topic(name: string): Promise<string> {
  await admin.createTopics({ topics: [name], partitions: 1, replicas: 1 })
  return name
}

function producer(transactionalId: string): Producer {
  const created = new Producer({
    ...kafkaOf(stack, transactionalId),
    transactionalId,
    idempotent: true,
    producerId: -1n,
    producerEpoch: -1,
    retries: 20,
    retryDelay: 20,
  })
  producers.push(created)
  return created
}

const send = (transaction: Transaction, to: string, ...values: string[]): Promise<unknown> =>
  transaction.send({ messages: values.map((value) => ({ topic: to, partition: 0, value: Buffer.from(value) })) })

async function recordsIn(name: string, from = log): Promise<SourceRecord[]> {
  const records: SourceRecord[] = []
  for await (const record of from.topic(name)) records.push(record)
  return records
}

const valuesIn = async (name: string, from = log): Promise<(string | undefined)[]> =>
  (await recordsIn(name, from)).map((record) => record.value?.toString())

describe.each(READERS)('the %s reader', (reader) => {
  beforeAll(async () => {
    log = await openLog(reader, kafkaOf(stack, 'e2e'))
  })
  afterAll(() => log.close())

  test('records of aborted transactions are left out, however transactions lie in each other', async () => {
    const name = await topic(`${reader}-interleaved`)
    const [one, two] = [producer(`${reader}-interleaved-1`), producer(`${reader}-interleaved-2`)]
    const outer = await one.beginTransaction()
    await send(outer, name, 'outer aborted')
    const inner = await two.beginTransaction()
    await send(inner, name, 'inner aborted')
    await inner.abort()
    const kept = await two.beginTransaction()
    await send(kept, name, 'kept')
    await kept.commit()
    await outer.abort()
    for (const value of ['aborted again', 'and again']) {
      const again = await one.beginTransaction()
      await send(again, name, value)
      await again.abort()
    }
    const last = await one.beginTransaction()
    await send(last, name, 'last')
    await last.commit()
    expect(await valuesIn(name)).toEqual(['kept', 'last'])
  })

  test('an aborted transaction larger than a fetch is left out', async () => {
    const name = await topic(`${reader}-large`)
    const large = await producer(`${reader}-large-1`).beginTransaction()
    for (let n = 0; n < 20; n += 1) await send(large, name, `${n}`.padEnd(900_000, '.'))
    await large.abort()
    const small = await producer(`${reader}-large-2`).beginTransaction()
    await send(small, name, 'small')
    await small.commit()
    expect(await valuesIn(name)).toEqual(['small'])
  })

  test('a topic that ends in control records, or in an open transaction, is read to its end', async () => {
    const name = await topic(`${reader}-tail`)
    const [one, two] = [producer(`${reader}-tail-1`), producer(`${reader}-tail-2`)]
    const first = await one.beginTransaction()
    await send(first, name, 'first')
    await first.commit()
    expect(await valuesIn(name)).toEqual(['first'])
    const open = await one.beginTransaction()
    await send(open, name, 'open')
    const behind = await two.beginTransaction()
    await send(behind, name, 'behind')
    await behind.commit()
    const impatient = await openLog(reader, kafkaOf(stack, 'e2e'), 0)
    expect(await valuesIn(name, impatient)).toEqual(['first'])
    // Kafka's client cannot tell records from the end of the transaction behind the open one.
    expect(impatient.withheld).toEqual([{ topic: name, partition: 0, records: reader === 'java' ? 3 : 2 }])
    await impatient.close()
    await open.commit()
    expect(await valuesIn(name)).toEqual(['first', 'open', 'behind'])
  })

  test('an empty topic is read, too, and keys, headers, offsets and times are the broker’s', async () => {
    const name = await topic(`${reader}-plain`)
    expect(await valuesIn(name)).toEqual([])
    const headers = new Map([['größe', Buffer.from('\0é')]])
    const plain = new Producer(kafkaOf(stack, 'plain'))
    producers.push(plain)
    await plain.send({
      messages: [
        {
          topic: name,
          key: Buffer.from('k'),
          value: Buffer.from('v\n\0é'),
          timestamp: 1_700_000_000_123n,
          headers: new Map([...headers].map(([header, value]) => [Buffer.from(header), value])),
        },
        { topic: name, key: Buffer.from(''), value: Buffer.from(''), timestamp: 1_700_000_000_456n },
      ],
    })
    const records = await recordsIn(name)
    expect(records).toMatchObject([
      { partition: 0, offset: 0, timestampMs: 1_700_000_000_123, key: Buffer.from('k'), value: Buffer.from('v\n\0é') },
      { partition: 0, offset: 1, timestampMs: 1_700_000_000_456, key: Buffer.from(''), value: Buffer.from('') },
    ])
    expect(records.map((record) => new Map(record.headers))).toEqual([headers, new Map()])
  })

  test('a topic that does not exist is an error that names it', async () => {
    await expect(recordsIn('nowhere')).rejects.toThrow('topic nowhere does not exist')
  })

  test('whoever has seen enough may ask again', async () => {
    const name = await topic(`${reader}-enough`)
    const writer = producer(`${reader}-enough`)
    const transaction = await writer.beginTransaction()
    await send(transaction, name, ...Array.from({ length: 500 }, (_, n) => String(n)))
    await transaction.commit()
    for await (const record of log.topic(name)) {
      expect(record.offset).toBe(0)
      break
    }
    expect(await valuesIn(name)).toHaveLength(500)
  })
})
