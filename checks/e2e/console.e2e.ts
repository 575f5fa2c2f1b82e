import { randomUUID } from 'node:crypto'
import { TRANSACTIONS_TOPIC } from '@fintech-streams/contracts'
import { type Stack, withClient } from '@fintech-streams/local'
import {
  type ConservationResponse,
  type DashboardList,
  type PanelResponse,
  type DeadLetters,
  type MessagesResponse,
  type TopicList,
} from '@fintech-streams/api'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { consoleMissing, ConsoleWindow } from '../src/browser.ts'
import { runCommand } from '../src/command.ts'
import { eventually } from '../src/eventually.ts'
import { pageSizes } from '../src/page-sizes.ts'
import { produce } from '../src/produce.ts'
import { databaseOf } from '../src/settled.ts'
import { startTestStack, stopTestStack } from '../src/stack.ts'

/** More than an hour, so that windows of every size close. */
const GENERATOR = 'run-all --flat --rate 2 --num-customers 40 --backfill 70m --duration 5s --fraud-rate 0.05 --seed 7'
const SETTLES_WITHIN_MS = 180_000
/** The shell with the largest page has about 233 kB; the charts alone are 205 kB. */
const PAGE_GZIP_BYTES_MAX = 270_000
const WIDE = { width: 1_440, height: 900 }
const NARROW = { width: 360, height: 740 }
/** So high that every panel of a dashboard is in view, and is drawn. */
const ALL_IN_VIEW = { width: 1_440, height: 6_000 }

let stack: Stack

beforeAll(async () => {
  stack = await startTestStack('console', ['connect', 'processor', 'sink', 'serving'])
  expect(await runCommand(stack, 'connectors', ['apply'])).toMatchObject({ code: 0 })
  expect(await runCommand(stack, 'generator', GENERATOR.split(' '))).toMatchObject({ code: 0 })
  const [written] = await query<{ n: string }>('select count(*) as n from transactions')
  const settled = await eventually(
    () =>
      query<{ counted: string; hours: boolean }>(
        `select (select coalesce(sum(transaction_count), 0) from analytics.dashboard_metrics)::bigint as counted,
           (select count(*) from analytics.time_pattern) > 0 as hours`,
      ),
    ([seen]) => seen?.counted === written?.n && seen?.hours === true,
    SETTLES_WITHIN_MS,
  )
  expect(settled).toEqual([{ counted: written?.n, hours: true }])
})
afterAll(() => stopTestStack(stack))

const query = <T extends object>(text: string): Promise<T[]> =>
  withClient(stack, databaseOf(stack), async (client) => (await client.query<T>(text)).rows)

async function api<T>(path: string, body?: unknown): Promise<T> {
  const response = await fetch(`http://localhost:${stack.ports.api}${path}`, {
    ...(body === undefined
      ? {}
      : { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${path}: ${text}`)
  return JSON.parse(text) as T
}

/** What an API's caller is refused with. */
async function refusal(path: string, body?: unknown): Promise<string> {
  return api(path, body).then(
    () => 'not refused',
    (error: Error) => error.message,
  )
}

const lastHours = (hours: number) => ({ from: Date.now() - hours * 3_600_000, to: Date.now() })

describe('the API behind the pages', () => {
  test('a panel answers from its own query, for the range and the values of its variables', async () => {
    const { dashboards } = await api<DashboardList>('/v1/dashboards')
    expect(dashboards.map(({ uid }) => uid)).toContain('transaction-monitor')
    const transactions = '/v1/dashboards/transaction-monitor/panels/2/data'
    const [written] = await query<{ n: number }>('select count(*)::int as n from transactions')
    const answer = await api<PanelResponse>(transactions, lastHours(3))
    expect(answer.results).toMatchObject([{ kind: 'rows', rows: [[written?.n]] }])
    const [purchases] = await query<{ n: number }>(
      `select count(*)::int as n from transactions where transaction_type = 'PURCHASE'`,
    )
    const some = await api<PanelResponse>(transactions, { ...lastHours(3), variables: { type: ['PURCHASE'] } })
    expect(some.results).toMatchObject([{ rows: [[purchases?.n]] }])
    // A value is data, whatever it looks like.
    const none = await api<PanelResponse>(transactions, { ...lastHours(3), variables: { type: ["') or true --"] } })
    expect(none.results).toMatchObject([{ rows: [[null]] }])
    expect(await refusal(transactions, { from: 2, to: 1 })).toContain('must end after it begins')
    expect(await refusal('/v1/dashboards/transaction-monitor/panels/999/data', lastHours(1))).toContain('no panel 999')
  })

  test('topics: counts, readers without lag, and records by partition, offset, time and key', async () => {
    const { topics } = await api<TopicList>('/v1/topics')
    const [{ n = 0 } = {}] = await query<{ n: number }>('select count(*)::int as n from transactions')
    expect(topics.find(({ name }) => name === TRANSACTIONS_TOPIC)?.records).toBeGreaterThanOrEqual(n)
    const path = `/v1/topics/${TRANSACTIONS_TOPIC}`
    const detail = await api<{ readers: { name: string; positions: { lag: number }[] }[] }>(path)
    const processor = detail.readers.find(({ name }) => name === 'fintech-processor')
    expect(processor?.positions.length).toBe(4)
    const { messages: latest } = await api<MessagesResponse>(`${path}/messages?limit=200`)
    expect(latest).toHaveLength(200)
    const times = latest.map(({ timestamp_ms: ms }) => ms)
    expect(times).toEqual(times.toSorted((one, other) => other - one))
    const { partition, offset, key, timestamp_ms: ms } = latest.at(-1)!
    const at = await api<MessagesResponse>(`${path}/messages?limit=1&partition=${partition}&offset=${offset}`)
    expect(at.messages).toEqual([latest.at(-1)])
    const since = await api<MessagesResponse>(`${path}/messages?limit=200&since=${ms}`)
    expect(since.messages.map((one) => one.offset)).toContain(offset)
    expect(Math.min(...since.messages.map((one) => one.timestamp_ms))).toBeGreaterThanOrEqual(ms)
    const ofKey = await api<MessagesResponse>(`${path}/messages?limit=200&key=${encodeURIComponent(key.text)}`)
    expect(ofKey.messages.length).toBeGreaterThan(0)
    expect(new Set(ofKey.messages.map((one) => one.key.text))).toEqual(new Set([key.text]))
    expect(await refusal(`${path}/messages?limit=1&offset=3`)).toContain('needs a partition')
    expect(await refusal('/v1/topics/nothing')).toContain('there is no topic nothing')
  })

  test('conservation is counted while somebody asks', async () => {
    const { last } = await eventually(
      () => api<ConservationResponse>('/v1/audit/conservation'),
      (answer) => answer.last?.state === 'conserved',
      SETTLES_WITHIN_MS,
    )
    expect(last?.state).toBe('conserved')
    const before = `created_at >= '${last?.from}' and created_at < '${last?.to}'`
    const [{ n = 0 } = {}] = await query<{ n: number }>(`select count(*)::int as n from transactions where ${before}`)
    expect(n).toBeGreaterThan(0)
    expect(last?.checks[0]).toMatchObject({ left: { value: String(n) }, right: { value: String(n) }, difference: '0' })
  })
})

describe.skipIf(consoleMissing())('the pages in a real browser', () => {
  let window: ConsoleWindow
  beforeAll(async () => {
    window = await ConsoleWindow.open(stack, WIDE)
  })
  afterAll(() => window?.close())

  /** Opens a page and waits until all that it asked for is there. */
  async function open(path: string, size = WIDE, colorScheme: 'light' | 'dark' = 'light'): Promise<void> {
    const { page } = window
    await page.setViewportSize(size)
    await page.emulateMedia({ colorScheme })
    await page.goto(path)
    await page.locator('h1').waitFor()
    await quiet()
  }

  async function quiet(): Promise<void> {
    await eventually(
      () => window.page.getByText(/^(Loading|Reading|Counting)/).count(),
      (count) => count === 0,
    )
  }

  const SIX = [
    'transaction-monitor',
    'fraud-detection',
    'customer-analytics',
    'risk-management',
    'geographic-analysis',
    'merchant-performance',
  ]

  test.each([...SIX, 'customer'])('%s has no empty panel', async (uid) => {
    await open(`/dashboards/${uid}`, ALL_IN_VIEW)
    const { page } = window
    expect(await page.getByText('Nothing in this range.').count()).toBe(0)
    expect(await page.getByRole('alert').allInnerTexts()).toEqual([])
    expect(await page.locator('section.panel').count()).toBeGreaterThan(10)
    await window.screenshot(`dashboard-${uid}`)
  })

  test('Pipeline Health says that it needs Prometheus, where there is none', async () => {
    await open('/dashboards/pipeline-health', ALL_IN_VIEW)
    const { page } = window
    const needing = await eventually(
      () => page.getByText('This panel needs Prometheus').count(),
      (count) => count > 20,
    )
    expect(needing).toBeGreaterThan(20)
    expect(await page.getByRole('alert').allInnerTexts()).toEqual([])
  })

  test('a number is the API’s, and follows the variables and the range', async () => {
    await open('/dashboards/transaction-monitor')
    const { page } = window
    const shown = page.locator('section[aria-label="Transactions"] .value')
    const expected = async (where: string): Promise<string> => {
      const [{ n = 0 } = {}] = await query<{ n: number }>(`select count(*)::int as n from transactions ${where}`)
      return n.toLocaleString('en')
    }
    expect(await shown.innerText()).toBe(await expected(''))
    await page.getByRole('combobox', { name: 'Type' }).click()
    await page.getByRole('option', { name: 'PURCHASE' }).click()
    await shown.getByText(await expected(`where transaction_type = 'PURCHASE'`), { exact: true }).waitFor()
    expect(page.url()).toContain('var-type=PURCHASE')
    await page.getByLabel('Time', { exact: true }).selectOption('now-15m')
    await page.waitForURL(/from=now-15m/)
    const ofThreeHours = await expected(`where transaction_type = 'PURCHASE'`)
    const [ofMinutes] = await eventually(
      async () => [await shown.innerText()],
      ([text]) => text !== ofThreeHours,
    )
    expect(ofMinutes).not.toBe(ofThreeHours)
  })

  test('a chart can be read as a table, and a row leads to the customer', async () => {
    await open('/dashboards/fraud-detection', ALL_IN_VIEW)
    const { page } = window
    await page
      .getByRole('button', { name: /as a table$/ })
      .first()
      .click()
    await page.getByRole('columnheader', { name: 'time' }).first().waitFor()
    await page.locator('a[href^="/dashboards/customer?"]').first().click()
    await page.getByRole('heading', { level: 1, name: 'Customer' }).waitFor()
    expect(page.url()).toMatch(/var-customer_id=[0-9a-f-]{36}/)
    await page.getByRole('region', { name: 'Profile' }).getByRole('cell').first().waitFor()
  })

  test('a record that could not be read is shown with its reason, corrected, and sent again', async () => {
    const { messages } = await api<MessagesResponse>(`/v1/topics/${TRANSACTIONS_TOPIC}/messages?limit=1&partition=0`)
    const [{ key, value } = expect.fail('no record')] = messages
    const row = { ...(JSON.parse(value.text) as Record<string, unknown>), transaction_id: randomUUID() }
    const broken = Buffer.from(JSON.stringify({ ...row, status: 'LOST' }))
    await produce(stack, [{ partition: 0, key: Buffer.from(key.text), value: broken }])
    const { dead_letters: letters } = await eventually(
      () => api<DeadLetters>('/v1/dead-letters'),
      (answer) => answer.dead_letters.length > 0,
    )
    const letter = letters[0]!
    await open('/topics?show=dead-letters')
    const { page } = window
    const article = page.getByRole('article', { name: `Dead letter ${letter.id}` })
    await article.getByText(letter.detail).waitFor()
    await window.screenshot('dead-letters')
    await article.getByRole('button', { name: 'Send again' }).click()
    await page.getByRole('textbox', { name: 'Value' }).fill(JSON.stringify({ ...row, status: 'COMPLETED' }, null, 2))
    expect(await window.seriousViolations()).toEqual([])
    await page.getByRole('button', { name: 'Send it corrected' }).click()
    await page.getByText('is in its topic again, corrected').waitFor()
    const verdicts = await eventually(
      () => query(`select from analytics.fraud_detection where transaction_id = '${String(row.transaction_id)}'`),
      (found) => found.length > 0,
    )
    expect(verdicts).toHaveLength(1)
    // What was sent again could be read: there is no other dead letter.
    expect((await api<DeadLetters>('/v1/dead-letters')).dead_letters).toHaveLength(1)
  })

  test('a topic’s records are those that the API gives', async () => {
    await open(`/topics/${TRANSACTIONS_TOPIC}`)
    const { page } = window
    const { messages } = await api<MessagesResponse>(`/v1/topics/${TRANSACTIONS_TOPIC}/messages?limit=50`)
    const rows = page.getByRole('table', { name: 'Records' }).getByRole('row')
    await eventually(
      () => rows.count(),
      (count) => count === 51,
    )
    expect(await rows.nth(1).innerText()).toContain(`${messages[0]!.partition}/${messages[0]!.offset}`)
    await rows.nth(1).getByRole('button').click()
    const { transaction_id: id } = JSON.parse(messages[0]!.value.text) as { transaction_id: string }
    await page.getByRole('dialog').getByText(id).waitFor()
    expect(await window.seriousViolations()).toEqual([])
    await window.screenshot('topic')
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
  })

  test('Audit shows what the API has counted', async () => {
    await open('/audit')
    const { page } = window
    await page.getByRole('status').getByText('Conserved').waitFor()
    const { last } = await api<ConservationResponse>('/v1/audit/conservation')
    const table = await page.getByRole('table', { name: 'What must be equal' }).innerText()
    expect(table.match(/\n?0\n?/g)).not.toBeNull()
    expect(await page.getByRole('table', { name: 'What must be equal' }).getByRole('row').count()).toBe(
      1 + (last?.checks.length ?? 0),
    )
    await window.screenshot('audit')
  })

  const PAGES = [...[...SIX, 'customer', 'pipeline-health'].map((uid) => `/dashboards/${uid}`)].concat(
    '/topics',
    '/topics?show=dead-letters',
    `/topics/${TRANSACTIONS_TOPIC}`,
    '/audit',
    '/reconciliation',
    '/nothing-is-here',
  )
  test.each(
    PAGES.flatMap((path) => [
      { path, size: NARROW, colorScheme: 'light' as const },
      { path, size: WIDE, colorScheme: 'dark' as const },
    ]),
  )('$path is accessible and fits $size.width pixels, $colorScheme', async ({ path, size, colorScheme }) => {
    await open(path, size, colorScheme)
    expect(await window.seriousViolations()).toEqual([])
    expect(await window.overflow()).toBeLessThanOrEqual(0)
    await window.screenshot(`${path.replaceAll(/[^a-z-]+/g, '-').slice(1)}-${size.width}-${colorScheme}`)
  })

  test('the keyboard skips to the content, switches the colours and opens the navigation', async () => {
    await open('/topics', NARROW, 'light')
    const { page } = window
    await page.evaluate('document.activeElement?.blur()')
    await page.keyboard.press('Tab')
    expect(await page.evaluate('document.activeElement?.textContent')).toBe('Skip to the content')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.getByRole('link', { name: 'Audit' }).click()
    await page.getByRole('heading', { level: 1, name: 'Audit' }).waitFor()
    await page.getByRole('button', { name: 'Switch to dark' }).press('Enter')
    expect(await page.evaluate('document.documentElement.dataset.mantineColorScheme')).toBe('dark')
  })

  test('a map and its neighbours are drawn again when their boxes have room again', async () => {
    await open('/dashboards/geographic-analysis', ALL_IN_VIEW)
    const { page } = window
    const drawn = () =>
      page.evaluate<number>(
        `[...document.querySelectorAll('.chart canvas')].filter((one) => one.clientHeight > 0).length`,
      )
    const charts = await eventually(drawn, (count) => count > 2)
    expect(charts).toBeGreaterThan(2)
    const show = (display: string) =>
      page.evaluate(`for (const one of document.querySelectorAll('.panel-body')) one.style.display = '${display}'`)
    await show('none')
    await page.setViewportSize(WIDE)
    await page.getByRole('button', { name: /^Switch to/ }).press('Enter')
    await show('')
    await page.setViewportSize(ALL_IN_VIEW)
    expect(await eventually(drawn, (count) => count >= charts)).toBeGreaterThanOrEqual(charts)
  })

  test('no page loads the charts or the map before it is shown', async () => {
    const sizes = await pageSizes()
    expect(sizes.map(({ page }) => page)).toContain('pipeline')
    expect(sizes.filter(({ gzipBytes }) => gzipBytes > PAGE_GZIP_BYTES_MAX)).toEqual([])
  })

  test('nothing went wrong in the browser', () => {
    expect(window.errors).toEqual([])
  })

  test('with a token, the page asks for it', async () => {
    const made = await runCommand(stack, 'serving', ['token', 'create', '--name', 'test', '--role', 'viewer'])
    expect(made.code).toBe(0)
    const token = /fs_\S+/.exec(made.stdout)?.[0] ?? ''
    await eventually(
      () => refusal('/v1/dashboards'),
      (said) => said.includes('unauthenticated'),
    )
    await open('/dashboards/transaction-monitor')
    const { page } = window
    await page.getByRole('dialog').getByLabel('Token', { exact: true }).fill(token)
    await page.getByRole('button', { name: 'Use it' }).click()
    await page.getByRole('heading', { level: 1, name: 'Transaction Monitor' }).waitFor()
    // It is for results, not for what is in the topics.
    await page.goto('/topics')
    await page.getByText('this needs a token with one of the roles ops').waitFor()
  })
})
