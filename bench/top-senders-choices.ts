/**
 * What two decisions about top senders are based on, measured in Postgres alone:
 * docs/adr/0501 (how counted transactions are remembered) and docs/adr/0502 (how the order is indexed).
 *
 * npx node bench/top-senders-choices.ts [runs]
 */
import { createHash, randomBytes } from 'node:crypto'
import { clean, type Stack, startProcesses, stopStack, withClient } from '@fintech-streams/local'
import { type Client } from 'pg'
import { openBenchStack } from './src/bench-stack.ts'
import { markdown, median, oneDigit, whole } from './src/figures.ts'

const RUNS_MIN = 3
const IDS = 600_000
const IDS_PER_BATCH = 2_000
const PAIRS = 1_000_000
const ACCOUNTS = 100_000
const TRANSFERS = 200_000
const TRANSFERS_PER_BATCH = 2_000

interface Figures {
  readonly perSecond: number
  readonly bytes: number
  /** Bytes of the log that one row made. */
  readonly walBytes: number
}

const runs = Math.max(RUNS_MIN, Number(process.argv[2] ?? RUNS_MIN))
const stack = await openBenchStack('top-senders-choices')
try {
  await startProcesses(stack, ['postgres'])
  await compare('ids/s', 'bytes an id', [
    ['a table with a primary key', 'create table trial (id uuid primary key)', rememberEach],
    [
      'packed, 2,000 a row',
      'create table trial (ids bytea not null); alter table trial alter ids set storage external',
      rememberPacked,
    ],
  ])
  await compare('transfers/s', 'bytes a pair', [
    ['no order: only the pairs', pairs('', ''), addTransfers],
    [
      'order by the sums themselves',
      pairs('', 'create index on trial (receiver, amount desc); create index on trial (receiver, n desc)'),
      addTransfers,
    ],
    [
      'order by powers of two',
      pairs(
        `, amount_power smallint generated always as (64 - position(B'1' in amount::bit(64))) stored,
         n_power smallint generated always as (64 - position(B'1' in n::bit(64))) stored`,
        'create index on trial (receiver, amount_power desc); create index on trial (receiver, n_power desc)',
      ),
      addTransfers,
    ],
  ])
} finally {
  await stopStack(stack)
  await clean(stack, false, () => undefined)
}

type Trial = (client: Client) => Promise<number>

async function compare(
  rate: string,
  size: string,
  choices: readonly (readonly [name: string, setUp: string, trial: Trial])[],
): Promise<void> {
  const rows = [['', rate, size, 'bytes of log a row']]
  for (const [name, setUp, trial] of choices) {
    const measured: Figures[] = []
    for (let run = 0; run < runs; run += 1) measured.push(await measure(stack, setUp, trial))
    const of = (figure: (figures: Figures) => number): number => median(measured.map(figure))
    rows.push([
      name,
      whole(of(({ perSecond }) => perSecond)),
      oneDigit(of(({ bytes }) => bytes)),
      whole(of(({ walBytes }) => walBytes)),
    ])
  }
  console.log(`${markdown(rows)}\n`)
}

async function measure(on: Stack, setUp: string, trial: Trial): Promise<Figures> {
  return withClient(on, 'fintech', async (client) => {
    await client.query(`set synchronous_commit = off; drop table if exists trial; ${setUp}; analyze trial; checkpoint`)
    const place = async (): Promise<string> =>
      (await client.query<{ lsn: string }>('select pg_current_wal_insert_lsn()::text as lsn')).rows[0]!.lsn
    const before = await place()
    const startMs = performance.now()
    const rows = await trial(client)
    const seconds = (performance.now() - startMs) / 1_000
    const { rows: sizes } = await client.query<{ wal: string; bytes: string; n: string }>(
      `select pg_wal_lsn_diff($1::pg_lsn, $2::pg_lsn) as wal, pg_total_relation_size('trial') as bytes`,
      [await place(), before],
    )
    const held = trial === addTransfers ? PAIRS : rows
    return {
      perSecond: rows / seconds,
      bytes: Number(sizes[0]!.bytes) / held,
      walBytes: Number(sizes[0]!.wal) / rows,
    }
  })
}

async function rememberEach(client: Client): Promise<number> {
  const text = 'insert into trial select unnest($1::uuid[]) on conflict do nothing'
  for (let n = 0; n < IDS; n += IDS_PER_BATCH) {
    const ids = Array.from({ length: IDS_PER_BATCH }, () => randomBytes(16).toString('hex'))
    await client.query({ name: 'each', text, values: [`{${ids.join(',')}}`] })
  }
  return IDS
}

async function rememberPacked(client: Client): Promise<number> {
  for (let n = 0; n < IDS; n += IDS_PER_BATCH) {
    const text = 'insert into trial values ($1)'
    await client.query({ name: 'packed', text, values: [randomBytes(16 * IDS_PER_BATCH)] })
  }
  return IDS
}

/** A filled table of pairs. */
function pairs(columns: string, indexes: string): string {
  return `create table trial (receiver uuid, sender uuid, n bigint, amount bigint${columns}) with (fillfactor = 85);
    insert into trial (receiver, sender, n, amount) select md5((i % ${ACCOUNTS})::text)::uuid, md5(i::text)::uuid,
      1 + i % 7, 100 + i::bigint * 7919 % 1000000 from generate_series(0, ${PAIRS - 1}) as i;
    alter table trial add primary key (sender, receiver); ${indexes}`
}

/** Adds transfers of random pairs, of which one in ten is new. */
async function addTransfers(client: Client): Promise<number> {
  const uuid = (n: number): string => createHash('md5').update(String(n)).digest('hex')
  const text = `insert into trial as pair (receiver, sender, n, amount)
    select * from unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::bigint[])
    on conflict (sender, receiver) do update set n = pair.n + excluded.n, amount = pair.amount + excluded.amount`
  for (let from = 0; from < TRANSFERS; from += TRANSFERS_PER_BATCH) {
    const numbers = new Set<number>()
    while (numbers.size < TRANSFERS_PER_BATCH) numbers.add(Math.floor(Math.random() * PAIRS * 1.1))
    const column = (value: (n: number) => string | number): string => `{${[...numbers].map(value).join(',')}}`
    const values = [column((n) => uuid(n % ACCOUNTS)), column(uuid), column(() => 1), column(() => 2_500)]
    await client.query({ name: 'add', text, values })
  }
  return TRANSFERS
}
