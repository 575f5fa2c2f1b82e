import { randomUUID } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { kill, type Stack, startProcesses, withClient } from '@fintech-streams/local'
import { type Alert, type Customer, type TransactionsPage } from '@fintech-streams/api'
import { type Pipeline } from '@fintech-streams/monitor'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { consoleMissing, ConsoleWindow } from '../src/browser.ts'
import { runCommand } from '../src/command.ts'
import { eventually } from '../src/eventually.ts'
import { type Payer, recordLargePayment } from '../src/large-payment.ts'
import { databaseOf } from '../src/settled.ts'
import { startTestStack, stopTestStack } from '../src/stack.ts'

const GENERATOR = {
  GENERATOR_RATE: '5',
  GENERATOR_FLAT: '1',
  GENERATOR_NUM_CUSTOMERS: '20',
  GENERATOR_BACKFILL: '20m',
  GENERATOR_SEED: '7',
}

let stack: Stack
/** Those that have not been made to spend too much yet. */
let customers: Payer[]

beforeAll(async () => {
  stack = await startTestStack('console-live', ['connect', 'processor', 'sink', 'serving'], { env: GENERATOR })
  expect(await runCommand(stack, 'connectors', ['apply'])).toMatchObject({ code: 0 })
  await startProcesses(stack, ['generator'])
  customers = await wellKnownCustomers()
})
afterAll(() => stopTestStack(stack))

async function api<T>(path: string, init: RequestInit = {}): Promise<T> {
  const response = await fetch(`http://localhost:${stack.ports.api}${path}`, init)
  const body = await response.text()
  if (!response.ok) throw new Error(`${path}: ${body}`)
  return JSON.parse(body) as T
}

/** Customers with enough transactions for a large amount to be an outlier. */
async function wellKnownCustomers(): Promise<Payer[]> {
  const text = `select customer_id, min(account_id::text) as account_id from transactions
    group by customer_id having count(*) > 100 order by customer_id limit 10`
  const rows = await eventually(
    () => withClient(stack, databaseOf(stack), async (client) => (await client.query<Payer>(text)).rows),
    (found) => found.length === 10,
  )
  // Known to the processor as well.
  for (const { customer_id: id } of rows) {
    await eventually(
      () => api<TransactionsPage>(`/v1/customers/${id}/transactions?limit=100`),
      ({ transactions }) => transactions.length === 100,
    )
  }
  return rows
}

/** A transaction far above its customer's mean. */
async function spendTooMuch(): Promise<{ transactionId: string; customerId: string }> {
  const payer = customers.pop()!
  return { transactionId: await recordLargePayment(stack, payer), customerId: payer.customer_id }
}

describe('the API behind the pages', () => {
  test('Pipeline: everything that was started is up, the ten jobs count, and rates follow', async () => {
    const seen = await eventually(
      () => api<Pipeline>('/v1/pipeline'),
      ({ jobs, flow }) =>
        jobs.every(({ records_in: records, state }) => records > 0 && state === 'up') &&
        flow.edges.some(({ from, per_second: rate }) => from === 'generator' && rate !== null && rate > 0),
    )
    for (const name of ['postgres', 'kafka', 'connect', 'processor', 'sink', 'counter', 'serving', 'generator']) {
      expect(seen.processes.find((one) => one.name === name)).toMatchObject({ state: 'up' })
    }
    expect(seen.connectors.map(({ state, tasks }) => [state, ...tasks.map((task) => task.state)])).toEqual(
      Array.from({ length: 3 }, () => ['RUNNING', 'RUNNING']),
    )
    expect(seen.connectors.filter(({ slot }) => slot?.active !== true)).toEqual([])
    expect(seen.jobs.map(({ id, records_in: records }) => [id, records > 0])).toEqual(
      seen.jobs.map(({ id }) => [id, true]),
    )
    expect(seen.stages.map(({ tasks }) => tasks)).toEqual([4, 4])
    expect(seen.latency?.p99_seconds).toBeGreaterThan(0)
    // The rate that the generator was asked for comes through every edge on the way to the verdicts.
    const known = await eventually(
      () => api<Pipeline>('/v1/pipeline'),
      ({ flow }) => flow.edges.every(({ per_second: rate, to }) => rate !== null || to === 'lake'),
    )
    expect(known.flow.edges.filter(({ per_second: rate, to }) => rate === null && to !== 'lake')).toEqual([])
  })

  test('Alerts: pages hold every alert of the tables once, and filters leave out what they should', async () => {
    const read = async (query: string): Promise<Alert[]> => {
      const found: Alert[] = []
      let cursor = ''
      for (;;) {
        const page = await api<{ alerts: Alert[]; next_cursor: string | null }>(`/v1/alerts?limit=7${query}${cursor}`)
        found.push(...page.alerts)
        if (page.next_cursor === null) return found
        cursor = `&cursor=${encodeURIComponent(page.next_cursor)}`
      }
    }
    const { customerId } = await spendTooMuch()
    const to = new Date().toISOString()
    const inTables = () =>
      withClient(stack, databaseOf(stack), async (client) => {
        const text = `select 'fraud/' || transaction_id as id from analytics.fraud_detection
            where verdict <> 'NORMAL' and event_time < $1
          union all select 'anomaly/' || transaction_id from analytics.anomaly_detection where event_time < $1`
        return (await client.query<{ id: string }>(text, [to])).rows.map(({ id }) => id).sort()
      })
    // Until what happened before then has come through.
    const settled = await eventually(
      async () => [await inTables(), (await read(`&to=${to}`)).map(({ id }) => id).sort(), await inTables()],
      ([before = [], seen, after]) =>
        before.length > 0 && isDeepStrictEqual(before, seen) && isDeepStrictEqual(before, after),
    )
    expect(settled[1]).toEqual(settled[0])
    const times = (await read(`&to=${to}`)).map((alert) => alert.event_time)
    expect(times).toEqual(times.toSorted().reverse())
    const fraud = await read(`&to=${to}&kind=fraud&type=HIGH_AMOUNT&customer_id=${customerId}&min_score=0.8`)
    expect(fraud.length).toBeGreaterThan(0)
    for (const alert of fraud) expect(alert).toMatchObject({ type: 'HIGH_AMOUNT', customer_id: customerId })
    for (const query of ['type=NORMAL', 'from=0000-01-01T00:00:00Z']) {
      const refused = await fetch(`http://localhost:${stack.ports.api}/v1/alerts?${query}`)
      expect(refused.status, query).toBe(400)
    }
  })

  test('the stream gives an alert as it is committed, and goes on after the last one that was seen', async () => {
    const first = await following()
    const { transactionId } = await spendTooMuch()
    const seen = await first.until(transactionId)
    expect(seen.alert).toMatchObject({
      id: `fraud/${transactionId}`,
      type: 'HIGH_AMOUNT',
      amount_usd: '4000000.00',
      thresholds: { minEarlier: 10, deviations: 4 },
    })
    expect(seen.alert.explanation).toContain('4000000.00 USD, is above')
    first.close()
    // What comes while nobody listens is there for the one who comes back.
    const { transactionId: missed } = await spendTooMuch()
    const second = await following(seen.id)
    await second.until(missed)
    expect(second.events.map(({ id }) => id)).not.toContain(seen.id)
    second.close()
    const third = await following('f0-999999999')
    await eventually(
      async () => third.names,
      (names) => names.includes('reload'),
    )
    expect(third.names).toContain('reload')
    third.close()
  })

  test('a customer’s page has the result of each job, the transactions and the accounts', async () => {
    const [customer] = customers
    const found = await eventually(
      () => api<Customer>(`/v1/customers/${customer!.customer_id}`),
      ({ results }) => results.every(({ result, job }) => result !== null || job === 'compliance_monitoring'),
    )
    expect(found.accounts.map(({ account_id: id }) => id)).toContain(customer!.account_id)
    expect(found.personal?.email).toContain('@')
    expect(found.results.map(({ job }) => job).sort()).toEqual([
      'compliance_monitoring',
      'customer_behavior',
      'risk_analytics',
      'transaction_metrics',
    ])
    const metrics = found.results.find(({ job }) => job === 'transaction_metrics')?.result
    expect(metrics).toMatchObject({
      customer_id: customer!.customer_id,
      total_amount: expect.stringMatching(/^\d+\.\d\d$/) as string,
    })
    const absent = await fetch(`http://localhost:${stack.ports.api}/v1/customers/${randomUUID()}`)
    expect(absent.status).toBe(404)
  })
})

/** A listener to the stream of alerts. */
async function following(lastId?: string) {
  const stop = new AbortController()
  const events: { id: string; alert: Alert }[] = []
  const names: string[] = []
  const response = await fetch(`http://localhost:${stack.ports.api}/v1/alerts/stream`, {
    signal: stop.signal,
    headers: lastId === undefined ? {} : { 'last-event-id': lastId },
  })
  expect(response.headers.get('content-type')).toBe('text/event-stream')
  const read = async (): Promise<void> => {
    let left = ''
    for await (const text of response.body!.pipeThrough(new TextDecoderStream())) {
      const blocks = (left + text).split('\n\n')
      left = blocks.pop() ?? ''
      for (const block of blocks) {
        const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1]
        const [event, id, data] = [field('event'), field('id'), field('data')]
        if (event !== undefined) names.push(event)
        if (event === 'alert' && id !== undefined) events.push({ id, alert: JSON.parse(data!) as Alert })
      }
    }
  }
  read().catch(() => undefined)
  const until = async (transactionId: string): Promise<{ id: string; alert: Alert }> => {
    const find = () => events.find(({ alert }) => alert.id === `fraud/${transactionId}`)
    const found = await eventually(
      async () => find(),
      (seen) => seen !== undefined,
    )
    if (found === undefined) throw new Error(`no alert of ${transactionId} on the stream`)
    return found
  }
  return { events, names, until, close: () => stop.abort() }
}

describe.skipIf(consoleMissing())('the pages in a real browser', () => {
  let window: ConsoleWindow
  beforeAll(async () => {
    window = await ConsoleWindow.open(stack)
  })
  afterAll(() => window?.close())

  const row = (table: string, cell: string) => window.page.locator(`[data-testid=${table}] tr`, { hasText: cell })

  test('Pipeline shows the API’s numbers', async () => {
    const { page } = window
    await page.goto('/')
    await row('jobs', 'fraud_detection').waitFor()
    // Of the same answer: the next one has others.
    const shown = await eventually(
      async () => {
        const response = await page.waitForResponse((one) => one.url().endsWith('/v1/pipeline'))
        const answer = (await response.json()) as Pipeline
        const expected = answer.jobs.map(({ id, records_in: records }) => [id, records.toLocaleString('en')])
        const rows = await Promise.all(answer.jobs.map(async ({ id }) => [id, await row('jobs', id).innerText()]))
        return { expected, rows: rows as [string, string][], processes: answer.processes }
      },
      ({ expected, rows }) => expected.every(([, records], at) => rows[at]?.[1].includes(records!)),
    )
    for (const [at, [id, records]] of shown.expected.entries()) expect(shown.rows[at]?.[1], id).toContain(records)
    for (const { name, state } of shown.processes) {
      expect(await page.locator(`[data-process="${name}"]`).getAttribute('data-state')).toBe(state)
    }
    expect(await window.seriousViolations()).toEqual([])
    await window.screenshot('pipeline')
  })

  test('an injected fraud shows in Alerts, with its evidence, and leads to the customer', async () => {
    const { page } = window
    await page.goto('/alerts')
    await page.getByTestId('stream-state').filter({ hasText: 'live' }).waitFor()
    const startedMs = performance.now()
    const { transactionId, customerId } = await spendTooMuch()
    const writtenMs = performance.now()
    const line = page.locator(`[data-alert="fraud/${transactionId}"]`)
    await line.waitFor()
    const shownMs = performance.now()
    process.stdout.write(
      `injected fraud: ${Math.round(writtenMs - startedMs)} ms to write, ${Math.round(shownMs - writtenMs)} ms until shown\n`,
    )
    await line.getByRole('button').click()
    const details = page.getByTestId('alert-details')
    await details.getByText('is above').waitFor()
    const [alert] = (
      await eventually(
        () => api<{ alerts: Alert[] }>(`/v1/alerts?transaction_id=${transactionId}&kind=fraud`),
        ({ alerts }) => alerts.length > 0,
      )
    ).alerts
    await details.getByText(alert!.explanation).waitFor()
    await details.locator(`[data-transaction="${transactionId}"]`).waitFor()
    expect(await details.getByTestId('comparisons').innerText()).toContain(alert!.comparisons[0]!.value)
    expect(await window.seriousViolations()).toEqual([])
    await window.screenshot('alerts')

    await details.getByRole('link', { name: customerId }).click()
    await page.locator(`[data-transaction="${transactionId}"]`).waitFor()
    expect(page.url()).toContain(`/customers/${customerId}`)
    await page.getByTestId('risk-score').waitFor()
    await page.getByTestId('customer-alerts').getByText('High amount').first().waitFor()
    expect(await window.seriousViolations()).toEqual([])
    await window.screenshot('customer')
  })

  test('seven tabs of Alerts are all live, and stay so when the one with the connection is closed', async () => {
    const tabs = await Promise.all(Array.from({ length: 7 }, () => window.page.context().newPage()))
    const allShow = async (): Promise<void> => {
      const { transactionId } = await spendTooMuch()
      await Promise.all(tabs.map((tab) => tab.locator(`[data-alert="fraud/${transactionId}"]`).waitFor()))
    }
    for (const tab of tabs) {
      await tab.goto('/alerts')
      await tab.getByTestId('stream-state').filter({ hasText: 'live' }).waitFor()
    }
    await allShow()
    await tabs.shift()?.close()
    await allShow()
    for (const tab of tabs) await tab.close()
  })

  test.each(['/', '/alerts', '/customers'])('%s works at 360 pixels, and in the dark', async (path) => {
    const { page } = window
    await page.setViewportSize({ width: 360, height: 740 })
    await page.emulateMedia({ colorScheme: 'dark' })
    await page.goto(path)
    await page.locator('[data-testid=jobs], [data-testid=alerts], form').first().waitFor()
    expect(await window.overflow()).toBeLessThanOrEqual(0)
    expect(await window.seriousViolations()).toEqual([])
    await window.screenshot(`narrow-dark-${path.slice(1) || 'pipeline'}`)
    await page.emulateMedia({ colorScheme: 'light' })
    await page.setViewportSize({ width: 1_280, height: 900 })
  })

  test('nothing went wrong in the browser', () => {
    expect(window.errors).toEqual([])
  })

  test('a killed process is named on Pipeline, with what follows from it, until it is back', async () => {
    const { page } = window
    await page.goto('/')
    for (const name of ['sink', 'processor']) {
      expect(kill(stack, name, 'SIGKILL')).toBe(true)
      await page.locator(`[data-process="${name}"][data-state=down]`).waitFor()
      const troubles = page.getByTestId('troubles')
      await troubles.getByText(`${name} is down`).waitFor()
      expect(await page.getByTestId('summary').innerText()).toContain(name)
      await window.screenshot(`without-${name}`)
      await startProcesses(stack, [name])
      await page.locator(`[data-process="${name}"][data-state=up]`).waitFor()
    }
  })
})
