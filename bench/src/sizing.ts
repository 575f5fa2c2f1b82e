import { markdown, oneDigit, whole } from './figures.ts'

/** What a transaction costs when all is warm, as `bench/pipeline.ts --json` writes it. */
export interface WarmCost {
  /** Processor time in microseconds, by program and by part of one. */
  readonly us: ReadonlyMap<string, number>
  /** What the broker stores of a transaction. */
  readonly brokerBytes: number
}

/** The file of an account, as far as it is read here. */
interface AccountFile {
  readonly phases: readonly {
    readonly name: string
    readonly transactions: number
    readonly used: Readonly<Record<string, number>>
    readonly stored: Readonly<Record<string, { readonly bytes: number }>>
  }[]
}

/** The costs of the last burst of an account. @throws Error for an account without a burst. */
export function warmCost(account: AccountFile): WarmCost {
  const burst = account.phases.findLast(({ name }) => name.startsWith('burst'))
  if (burst === undefined) throw new Error('the account has no burst: run bench/pipeline.ts with --bursts')
  const us = Object.entries(burst.used).map(([name, seconds]) => [name, (seconds * 1e6) / burst.transactions] as const)
  const bytes = Object.values(burst.stored).reduce((sum, topic) => sum + topic.bytes, 0)
  return { us: new Map(us), brokerBytes: bytes / burst.transactions }
}

/** One size of the platform. */
export interface Load {
  readonly name: string
  readonly perSecond: number
  readonly customers: number
  readonly queriesPerSecond: number
}

/** The loads that the platform is for, and ten times them. Forty million a day is the mean of a day; the peak is another line. */
export const LOADS: readonly Load[] = [1, 10].flatMap((times) => [
  load('a day of 40 million', times, 40_000_000 / 86_400, 4_000_000),
  load('daytime', times, 2_000, 4_000_000),
  load('peak', times, 10_000, 10_000_000),
])

function load(name: string, times: number, perSecond: number, customers: number): Load {
  return {
    name: times === 1 ? name : `${name}, ${times} times`,
    perSecond: perSecond * times,
    customers: customers * times,
    queriesPerSecond: 5_000 * times,
  }
}

/** Processor time of an answer about top senders, and memory of a customer in state: docs/reports/performance-2026-11.md. */
const API_US_A_QUERY = 122
const POSTGRES_US_A_QUERY = 170
const PROCESSOR_KB_A_CUSTOMER = 2.4
const SCORE_BYTES_A_CUSTOMER = 97
/** Processors are bought for this much of them: what is busier has queues. */
const BUSY_AT_MOST = 0.6
/** From `docker/kafka/broker.properties` and `contracts`: a partition's bound, and how many a topic has. */
const PARTITION_BYTES_MAX = 2 ** 31
const PARTITIONS = 4

/** What works one record after the other, so that further processors do not help it, and its cost a transaction. */
const SEQUENTIAL: readonly (readonly [
  name: string,
  parts: readonly (readonly [part: string, share: number])[],
  beyond: string,
])[] = [
  [
    'lake and index stream, with their sessions',
    [
      ['lake', 1],
      ['postgres: for the lake and its indexes', 1],
    ],
    'two processes',
  ],
  [
    'sink, with its session',
    [
      ['sink', 1],
      ['postgres: for the sink', 1],
    ],
    'a process a group of topics',
  ],
  // Of five records that the connectors decode, the main one's are two.
  ['main connector: decoding', [['connect: reading and decoding the WAL', 0.4]], 'a slot a table'],
  ['outbox connector: decoding', [['connect: reading and decoding the WAL', 0.4]], 'a slot a range of ids'],
  [
    'counter, with its session',
    [
      ['counter', 1],
      ['postgres: for top senders', 1],
    ],
    'a process a partition',
  ],
  ['a walsender', [['postgres: walsenders', 1 / 3]], 'a slot a table'],
  ['processor, a worker a partition', [['processor', 1 / PARTITIONS]], 'more partitions'],
]

/** Processors and memory of each program for each load, as a Markdown table. */
export function sizes(cost: WarmCost): string {
  const programs = [...cost.us].filter(([name]) => !name.includes(':') && name !== 'generator' && name !== 'nightly')
  const head = [
    'load',
    'transactions/s',
    ...programs.map(([name]) => name),
    'all, processors',
    'state, GB',
    'broker, MB/s',
  ]
  const rows = LOADS.map(({ name, perSecond, customers, queriesPerSecond }) => {
    const cores = programs.map(([program, us]) => {
      const forQueries = program === 'serving' ? API_US_A_QUERY : program === 'postgres' ? POSTGRES_US_A_QUERY : 0
      return (perSecond * us + queriesPerSecond * forQueries) / 1e6 / BUSY_AT_MOST
    })
    const stateGb = (customers * (PROCESSOR_KB_A_CUSTOMER * 1_000 + SCORE_BYTES_A_CUSTOMER)) / 1e9
    const all = cores.reduce((sum, one) => sum + one, 0)
    const figures = [...cores, all].map(oneDigit)
    return [name, whole(perSecond), ...figures, whole(stateGb), oneDigit((perSecond * cost.brokerBytes) / 1e6)]
  })
  return markdown([head, ...rows])
}

/** What ends first when the load grows, first to last, as a Markdown table. */
export function limits(cost: WarmCost): string {
  const rows = SEQUENTIAL.map(([name, parts, beyond]) => {
    const us = parts.reduce((sum, [part, share]) => sum + (cost.us.get(part) ?? NaN) * share, 0)
    return { name, us, perSecond: 1e6 / us, beyond }
  }).sort((one, other) => one.perSecond - other.perSecond)
  const head = ['works in sequence', 'µs a transaction', 'ends at, transactions/s', 'beyond that']
  return markdown([head, ...rows.map(({ name, us, perSecond, beyond }) => [name, whole(us), whole(perSecond), beyond])])
}

/** How long the broker keeps transactions at each load before a partition's bound, not its days, removes them. */
export function retention(transactionBytes: number): string {
  const rows = LOADS.map(({ name, perSecond }) => {
    const minutes = (PARTITION_BYTES_MAX * PARTITIONS) / transactionBytes / perSecond / 60
    return [name, whole(perSecond), oneDigit(minutes)]
  })
  return markdown([['load', 'transactions/s', 'minutes in `fintech.transactions`'], ...rows])
}
