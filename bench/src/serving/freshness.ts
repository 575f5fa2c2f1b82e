import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { commandLine, type Stack, withClient } from '@fintech-streams/local'
import { markdown, quantileOf, whole } from '../figures.ts'
import { createBenchToken } from './token.ts'

const execute = promisify(execFile)
const PROBE_EVERY_MS = 200
const LOOK_EVERY_MS = 20
const GIVE_UP_MS = 30_000
const SETTLE_MS = 15_000

interface Party {
  readonly account_id: string
  readonly customer_id: string
  readonly currency: string
}

/**
 * Records transfers by the API to accounts that nobody has sent anything, and asks the API for their senders until the
 * transfer is there: through Postgres, Debezium, Kafka and the counter. The generator writes beside it.
 */
export async function measureFreshness(
  stack: Stack,
  { tps, duration }: { readonly tps: number; readonly duration: number },
  print: (line: string) => void,
): Promise<void> {
  await execute(process.execPath, [...commandLine(stack, 'connectors'), 'apply'], { env: stack.env })
  const generator = generate(stack, tps)
  try {
    const token = await createBenchToken(stack)
    await sleep(SETTLE_MS)
    const payer = await firstAccount(stack)
    const latencies: number[] = []
    const probes: Promise<void>[] = []
    for (const endMs = performance.now() + duration; performance.now() < endMs;) {
      probes.push(probe(stack, token, payer).then((ms) => void latencies.push(ms)))
      await sleep(PROBE_EVERY_MS)
    }
    await Promise.all(probes)
    latencies.sort((one, other) => one - other)
    const ms = (q: number): string => whole(quantileOf(latencies, q))
    print(
      markdown([
        ['transactions/s beside', 'probes', 'p50 ms', 'p99 ms', 'largest ms'],
        [whole(tps), whole(latencies.length), ms(0.5), ms(0.99), whole(latencies.at(-1) ?? NaN)],
      ]),
    )
  } finally {
    generator.kill('SIGTERM')
  }
}

function generate(stack: Stack, tps: number): ChildProcess {
  const program = commandLine(stack, 'generator')
  const args = [...program, 'run-all', '--flat', '--rate', String(tps), '--num-customers', '1000', '--backfill', '0s']
  return spawn(process.execPath, args, { env: stack.env, stdio: 'ignore' })
}

async function firstAccount(stack: Stack): Promise<Party> {
  const { rows } = await withClient(stack, 'fintech', (client) =>
    client.query<Party>('select account_id, customer_id, currency from accounts order by 1 limit 1'),
  )
  return rows[0]!
}

/** Milliseconds from the answer that says "recorded" to the answer that has it counted. */
async function probe(stack: Stack, token: string, payer: Party): Promise<number> {
  const origin = `http://127.0.0.1:${stack.ports.api}`
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const receiver = randomUUID()
  const recorded = await fetch(`${origin}/v1/transactions`, {
    method: 'POST',
    headers,
    body: JSON.stringify({
      transaction_id: randomUUID(),
      customer_id: payer.customer_id,
      account_id: payer.account_id,
      to_account_id: receiver,
      transaction_type: 'TRANSFER',
      amount: '1.00',
      currency: payer.currency,
    }),
  })
  if (recorded.status !== 201) throw new Error(`recording answers ${recorded.status}: ${await recorded.text()}`)
  const startMs = performance.now()
  while (performance.now() - startMs < GIVE_UP_MS) {
    const response = await fetch(`${origin}/v1/accounts/${receiver}/top-senders`, { headers })
    const { senders } = (await response.json()) as { senders: unknown[] }
    if (senders.length > 0) return performance.now() - startMs
    await sleep(LOOK_EVERY_MS)
  }
  throw new Error(`the transfer to ${receiver} was not counted within ${GIVE_UP_MS} ms`)
}
