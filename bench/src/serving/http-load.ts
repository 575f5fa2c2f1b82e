/**
 * Requests to the API at a fixed rate, in a process of its own: `http-load.ts PLAN`, a plan as JSON; the result goes to
 * the parent. Each request has its moment, and its latency counts from there, also when it could only be sent later: an
 * API that stalls delays what was due meanwhile, and that is measured (no coordinated omission).
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { Random } from '@fintech-streams/generator'
import { Connections } from './connections.ts'
import { accountOf, type Pairs } from './pairs.ts'

const CONNECTIONS = 64
const TICK_MS = 1
const GIVE_UP_MS = 30_000
/** Of the requests this share asks for days, the others for all time. */
const DAYS_SHARE = 0.1

export interface LoadPlan extends Pairs {
  readonly origin: string
  readonly token: string
  readonly perSecond: number
  readonly durationMs: number
  /** The first part of the time is not measured. */
  readonly warmUpMs: number
  readonly today: string
}

export interface LoadResult {
  /** Latencies of the answers, in milliseconds, sorted. */
  readonly latencies: Float64Array
  /** Answers that are none: how often each. */
  readonly errors: Readonly<Record<string, number>>
  readonly sent: number
}

async function run(plan: LoadPlan): Promise<LoadResult> {
  const connections = new Connections(plan.origin, CONNECTIONS, { authorization: `Bearer ${plan.token}` })
  const random = new Random('http-load')
  const total = Math.round((plan.perSecond * plan.durationMs) / 1_000)
  const latencies: number[] = []
  const errors: Record<string, number> = {}
  let open = 0
  let sent = 0
  const startMs = performance.now()
  const ask = async (dueMs: number): Promise<void> => {
    open += 1
    try {
      const status = await connections.get(pathOf(plan, random))
      if (status !== 200) errors[status] = (errors[status] ?? 0) + 1
      else if (dueMs - startMs >= plan.warmUpMs) latencies.push(performance.now() - dueMs)
    } catch (error) {
      const name = (error as { code?: string }).code ?? String(error)
      errors[name] = (errors[name] ?? 0) + 1
    } finally {
      open -= 1
    }
  }
  while (sent < total) {
    const due = Math.min(total, Math.floor(((performance.now() - startMs) * plan.perSecond) / 1_000))
    for (; sent < due; sent += 1) void ask(startMs + (sent * 1_000) / plan.perSecond)
    await sleep(TICK_MS)
  }
  const deadlineMs = performance.now() + GIVE_UP_MS
  while (open > 0 && performance.now() < deadlineMs) await sleep(TICK_MS)
  if (open > 0) errors['no_answer'] = open
  connections.destroy()
  return { latencies: Float64Array.from(latencies).sort(), errors, sent }
}

function pathOf({ accounts, today }: LoadPlan, random: Random): string {
  const order = random.chance(0.5) ? 'amount' : 'count'
  const days = random.chance(DAYS_SHARE) ? `&from=${today}` : ''
  return `/v1/accounts/${accountOf(random.int(0, accounts - 1))}/top-senders?order_by=${order}${days}`
}

const [plan] = process.argv.slice(2)
if (plan !== undefined) process.send?.(await run(JSON.parse(plan) as LoadPlan))
