import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { kill, startProcesses, stopStack, withClient, type Stack } from '@fintech-streams/local'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runCommand } from '../src/command.ts'
import { eventually } from '../src/eventually.ts'
import { databaseOf } from '../src/settled.ts'
import { startTestStack, stopTestStack } from '../src/stack.ts'

/** A minute of history at once, then live. */
const GENERATOR = 'run-all --flat --rate 100 --num-customers 60 --backfill 60s --duration 45s --seed 7'
const KILLED = ['counter', 'postgres', 'counter', 'kafka', 'counter']
const ASK_EVERY_MS = 20
/** The API's own bound on a request, and some for a machine that is busy starting what was killed. */
const HANGS_AFTER_MS = 15_000

/** What one account has received, from the transactions themselves. */
const EXPECTED = `select to_account_id, account_id as from_account_id, count(*)::bigint as transaction_count,
    (100 * sum(amount_usd))::bigint as amount_minor, created_at::date as day
  from transactions where status = 'COMPLETED' and transaction_type in ('TRANSFER', 'WIRE_TRANSFER')`
const PAIRS = `select count(*)::int as pairs, coalesce(sum(transaction_count), 0)::int as transfers`

let stack: Stack

beforeAll(async () => {
  stack = await startTestStack('top-senders', ['connect', 'serving'])
})
afterAll(() => stopTestStack(stack))

async function query<T extends object>(text: string): Promise<T[]> {
  return withClient(stack, databaseOf(stack), async (client) => (await client.query<T>(text)).rows)
}

/** Rows of the counter's tables that the transactions do not give, and the other way round. */
async function differences(): Promise<object[]> {
  const pair = 'to_account_id, from_account_id, transaction_count, amount_minor'
  const daily = `select ${pair}, day from serving.top_senders_daily`
  const totals = `select ${pair} from serving.top_senders`
  const naiveDaily = `select ${pair}, day from (${EXPECTED} group by 1, 2, 5) as naive`
  const naiveTotals = `select to_account_id, from_account_id, sum(transaction_count)::bigint, sum(amount_minor)::bigint
    from (${naiveDaily}) as days group by 1, 2`
  const both = [`(${daily}) except (${naiveDaily})`, `(${naiveDaily}) except (${daily})`]
  both.push(`(${totals}) except (${naiveTotals})`, `(${naiveTotals}) except (${totals})`)
  return (await Promise.all(both.map((text) => query(text)))).flat()
}

/** Has the counter read everything once more, with its tables changed before. */
async function readAgain(change?: string): Promise<void> {
  const positions = 'select partition, next_offset from serving.top_senders_positions order by 1'
  await stopStack(stack, ['counter'])
  const before = await query(positions)
  await query('update serving.top_senders_positions set next_offset = 0')
  if (change !== undefined) await query(change)
  await startProcesses(stack, ['counter'])
  await eventually(
    () => query(positions),
    (now) => isDeepStrictEqual(now, before),
  )
}

/** Asks again and again, without waiting for answers, until it is stopped. */
class Asking {
  readonly statuses = new Map<string, number>()
  readonly wrong: string[] = []
  readonly #stop = new AbortController()
  readonly #open = new Set<Promise<void>>()
  readonly #done: Promise<void>

  constructor(accounts: readonly string[]) {
    this.#done = this.#run(accounts)
  }

  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#done
    await Promise.all(this.#open)
  }

  async #run(accounts: readonly string[]): Promise<void> {
    for (let n = 0; !this.#stop.signal.aborted; n += 1) {
      const asked = this.#ask(accounts[n % accounts.length]!).finally(() => this.#open.delete(asked))
      this.#open.add(asked)
      await sleep(ASK_EVERY_MS)
    }
  }

  async #ask(account: string): Promise<void> {
    try {
      const response = await fetch(`http://localhost:${stack.ports.api}/v1/accounts/${account}/top-senders`, {
        signal: AbortSignal.timeout(HANGS_AFTER_MS),
      })
      const body = (await response.json()) as { as_of?: string; type?: string }
      const kind = `${response.status} ${response.ok ? 'answer' : (body.type ?? '')}`
      this.statuses.set(kind, (this.statuses.get(kind) ?? 0) + 1)
      if (response.ok && Number.isNaN(Date.parse(body.as_of ?? ''))) this.wrong.push(`as_of ${body.as_of}`)
    } catch (error) {
      this.wrong.push((error as Error).message)
    }
  }
}

test('the counter, Postgres and Kafka are killed while transfers come: the API answers or says no, and every count is exact', async () => {
  expect(await runCommand(stack, 'connectors', ['apply'])).toMatchObject({ code: 0 })
  const generating = runCommand(stack, 'generator', GENERATOR.split(' '))
  const [received] = await eventually(
    () =>
      query<{ accounts: string[] | null }>(
        'select array_agg(distinct to_account_id::text) as accounts from serving.top_senders',
      ),
    ([row]) => (row?.accounts?.length ?? 0) > 10,
  )
  const asking = new Asking(received?.accounts ?? [])
  for (const name of KILLED) {
    await sleep(2_000)
    expect(kill(stack, name, 'SIGKILL')).toBe(true)
    await sleep(1_000)
    await startProcesses(stack, [name])
  }
  expect(await generating).toMatchObject({ code: 0 })
  await asking.stop()

  const expected = await query<{ pairs: number; transfers: number }>(
    `${PAIRS} from (${EXPECTED} group by 1, 2, 5) as pair`,
  )
  expect(expected[0]?.transfers).toBeGreaterThan(200)
  const counted = await eventually(
    () => query<{ pairs: number; transfers: number }>(`${PAIRS} from serving.top_senders_daily`),
    (rows) => (rows[0]?.transfers ?? 0) >= (expected[0]?.transfers ?? 0),
    120_000,
  )
  expect(counted).toEqual(expected)
  expect(await differences()).toEqual([])

  expect(asking.wrong).toEqual([])
  const kinds = [...asking.statuses.keys()].sort()
  for (const kind of kinds) expect(kind).toMatch(/^(200 answer|503 urn:fintech-streams:problem:unavailable)$/)
  expect(kinds).toContain('200 answer')
})

test('what is read again is not counted again; with the ids forgotten it is, and the comparison sees it', async () => {
  await readAgain()
  expect(await differences()).toEqual([])
  await readAgain('truncate serving.top_senders_counted')
  expect(await differences()).not.toEqual([])
})
