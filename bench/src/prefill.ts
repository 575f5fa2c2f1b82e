import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createReadStream, createWriteStream, existsSync, mkdirSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { finished } from 'node:stream/promises'
import { hours, PARTITIONS, TRANSACTIONS_TOPIC } from '@fintech-streams/contracts'
import { Random } from '@fintech-streams/generator'
import { type KafkaConnection } from '@fintech-streams/kafka'
import { type MessageToProduce, murmur2, ProduceAcks, Producer } from '@platformatic/kafka'
import { Population } from './population.ts'
import { SkewedChoice, Transactions } from './transactions.ts'

/** Transactions of a number of customers, at a fixed step of event time. */
export interface Workload {
  readonly transactions: number
  readonly customers: number
  /** Zipf's exponent; 0 is uniform; `each`: every customer in turn, as often as the others. */
  readonly skew: number | 'each'
  /** Part of the transactions that one customer has. */
  readonly hotShare?: number
  /** Event time between two transactions. */
  readonly stepMs: number
  /** Part of the transactions that are sent again some records later. */
  readonly duplicateShare?: number
}

/** A topic's contents. The same options give the same records. */
export interface PrefillOptions {
  readonly seed: number
  /** Event time of the first. Default: early enough for an hour's end within the first million. */
  readonly startMs?: number
  readonly workloads: readonly Workload[]
  /** Whether a last record in each partition, hours later, closes every window. */
  readonly closes: boolean
}

const START_MS = Date.UTC(2026, 10, 20, 11, 30)
/** How far behind the others the closing records lie. */
const CLOSING_GAP_MS = hours(3)
const RECORDS_PER_REQUEST = 2_000
const LINES_PER_WRITE = 1_000
/** A row begins with its id, so its customer's is at a fixed place. */
const CUSTOMER_AT = '{"transaction_id":"00000000-0000-4000-8000-000000000000","customer_id":"'.length
const UUID_LENGTH = 36
const MURMUR_SIGN = 0x7fffffff

/** The default partition of a key among the topic's, as Java's clients choose it. */
export function partitionOfKey(key: Buffer): number {
  return (murmur2(key) & MURMUR_SIGN) % PARTITIONS
}

/** The Kafka key of a row's text. */
export function keyOf(row: string): Buffer {
  return Buffer.from(`{"customer_id":"${row.slice(CUSTOMER_AT, CUSTOMER_AT + UUID_LENGTH)}"}`)
}

/** Makes the file with the records' values, unless it is there. @returns its path. */
export async function prefillFile(folder: string, options: PrefillOptions): Promise<string> {
  const digest = createHash('sha256').update(JSON.stringify(options)).digest('hex').slice(0, 12)
  const path = join(folder, `transactions-${digest}.ndjson`)
  if (existsSync(path)) return path
  mkdirSync(folder, { recursive: true })
  const out = createWriteStream(`${path}.part`)
  let lines: string[] = []
  for (const line of rowsOf(options)) {
    lines.push(line)
    if (lines.length < LINES_PER_WRITE) continue
    if (!out.write(`${lines.join('\n')}\n`)) await once(out, 'drain')
    lines = []
  }
  out.end(lines.length === 0 ? '' : `${lines.join('\n')}\n`)
  await finished(out)
  renameSync(`${path}.part`, path)
  return path
}

/** Where event time ends; the records that close the windows come later. */
export function endMs({ workloads, startMs = START_MS }: PrefillOptions): number {
  return startMs + workloads.reduce((ms, { transactions, stepMs }) => ms + transactions * stepMs, 0)
}

/** The event time of the closing records; nothing that counts is as late. */
export const closingMs = (options: PrefillOptions): number => endMs(options) + CLOSING_GAP_MS

function* rowsOf(options: PrefillOptions): Generator<string> {
  const largest = options.workloads.reduce((most, { customers }) => Math.max(most, customers), 1)
  const population = new Population(largest, options.seed)
  const transactions = new Transactions(population, options.seed)
  const random = new Random(options.seed, 'choice')
  let atMs = options.startMs ?? START_MS
  for (const { transactions: count, customers, skew, hotShare, stepMs, duplicateShare = 0 } of options.workloads) {
    let again: string | undefined
    const choice = skew === 'each' ? undefined : new SkewedChoice(customers, skew, hotShare)
    for (let n = 0; n < count; n += 1) {
      const number = choice === undefined ? n % customers : choice.pick(random)
      const row = JSON.stringify(transactions.next(population.customer(number), Math.floor(atMs)))
      yield row
      if (again !== undefined && random.chance(0.1)) {
        yield again
        again = undefined
      } else if (random.chance(duplicateShare)) again = row
      atMs += stepMs
    }
  }
  if (options.closes) yield* closingRows(transactions, options)
}

/** One row for each partition, of customers of their own. */
function* closingRows(transactions: Transactions, options: PrefillOptions): Generator<string> {
  const strangers = new Population(1, options.seed + 1)
  const missing = new Set(Array.from({ length: PARTITIONS }, (_, partition) => partition))
  for (let number = 0; missing.size > 0; number += 1) {
    const row = JSON.stringify(transactions.next(strangers.customer(number), closingMs(options)))
    if (missing.delete(partitionOfKey(keyOf(row)))) yield row
  }
}

/** Writes a file's rows to the source topic, in order. @returns how many. */
export async function produceFile(connection: KafkaConnection, path: string): Promise<number> {
  const producer = new Producer({ ...connection, acks: ProduceAcks.LEADER })
  let messages: MessageToProduce[] = []
  let total = 0
  try {
    for await (const line of createInterface({ input: createReadStream(path) })) {
      const key = keyOf(line)
      messages.push({ topic: TRANSACTIONS_TOPIC, partition: partitionOfKey(key), key, value: Buffer.from(line) })
      total += 1
      if (messages.length < RECORDS_PER_REQUEST) continue
      await producer.send({ messages })
      messages = []
    }
    if (messages.length > 0) await producer.send({ messages })
  } finally {
    await producer.close()
  }
  return total
}
