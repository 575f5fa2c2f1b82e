import {
  COMPLIANCE_FLAGS,
  DEAD_LETTER_VALUE_BYTES_MAX,
  MINUTE_MS,
  OLD_KEY_HEADER,
  RISK_LEVELS,
  TRANSACTION_STATUSES,
  TRANSACTION_TYPES,
} from '@fintech-streams/contracts'
import { type Headers } from '@fintech-streams/records'
import { row, uuid } from '../rows.ts'
import { type Random } from '../random.ts'

export const START_MS = Date.UTC(2026, 10, 20, 21, 30)

export interface WorkloadRecord {
  readonly partition: number
  readonly value: string | null
  readonly headers?: Headers | undefined
  /** Of a time in which the database's clock was ahead. */
  readonly isAhead?: boolean
}

const CUSTOMERS = 5
/** More than a dead letter holds. */
const LARGE = 'x'.repeat(DEAD_LETTER_VALUE_BYTES_MAX)
/** So far that what comes when the clock is right again is late, and some of it beyond the horizon. */
const AHEAD_MAX_MS = 20 * MINUTE_MS
const MOVED: Headers = new Map([[OLD_KEY_HEADER, Buffer.from('{}')]])

/**
 * Records of one run in the order they are written: mostly in order, some out of order, late, beyond the horizon,
 * sent twice, by a clock that is ahead, malformed, or no creation at all. The last of each partition closes every window.
 */
export function workload(random: Random, partitions: number, size: number): WorkloadRecord[] {
  const records: WorkloadRecord[] = []
  let eventTimeMs = START_MS
  /** How far the database's clock is ahead, and for how many records still. */
  let ahead = { ms: 0, left: 0 }
  for (let n = 1; n <= size; n += 1) {
    eventTimeMs += random.whole(random.chance(0.02) ? 6 * MINUTE_MS : 12_000)
    const customer = random.whole(CUSTOMERS)
    const partition = customer % partitions
    const sent = records.filter((record) => record.partition === partition)
    if (sent.length > 0 && random.chance(0.08)) records.push(random.pick(sent.slice(-30)))
    else {
      if (random.chance(0.002)) ahead = { ms: random.whole(AHEAD_MAX_MS), left: 1 + random.whole(20) }
      const isAhead = ahead.left > 0
      records.push({ partition, value: value(random, n, customer, eventTimeMs + (isAhead ? ahead.ms : 0)), isAhead })
      ahead.left -= 1
    }
    if (random.chance(0.02)) records.push({ ...random.pick(records.slice(-30)), partition, headers: MOVED })
  }
  for (let partition = 0; partition < partitions; partition += 1) {
    const flush = row(size + 1 + partition, {
      customer_id: uuid(0xc000 + partition),
      created_at: new Date(eventTimeMs + 3 * 60 * MINUTE_MS).toISOString(),
    })
    records.push({ partition, value: JSON.stringify(flush) })
  }
  return records
}

function value(random: Random, n: number, customer: number, eventTimeMs: number): string | null {
  if (random.chance(0.01)) return null
  if (random.chance(0.01)) return '{"broken":'
  if (random.chance(0.0003)) return `{"large":"${LARGE}"}`
  const changes: Record<string, unknown> = {
    customer_id: uuid(0xc000 + 16 + customer),
    merchant_id: random.chance(0.2) ? null : uuid(0xe000 + random.whole(3)),
    transaction_type: random.pick(TRANSACTION_TYPES),
    status: random.pick(TRANSACTION_STATUSES),
    risk_level: random.pick(RISK_LEVELS),
    amount_usd: (random.whole(random.chance(0.1) ? 9_000_00 : 200_00) / 100).toFixed(2),
    merchant_category: random.pick(['GROCERY', 'TRAVEL', 'FUEL', 'GAMBLING']),
    transaction_location: random.chance(0.1)
      ? null
      : JSON.stringify({ country: random.pick(['DE', 'FR', 'US']), city: random.pick(['Berlin', 'Paris', 'Austin']) }),
    compliance_flags: random.chance(0.2) ? [random.pick(COMPLIANCE_FLAGS)] : [],
  }
  const createdAtMs = eventTimeMs - behind(random)
  changes['created_at'] = new Date(createdAtMs).toISOString()
  // A sender's clock may be ahead of the database's by up to a minute.
  if (random.chance(0.1)) changes['__source_ts_ms'] = createdAtMs - random.whole(70_000)
  if (random.chance(0.02)) changes['__op'] = random.pick(['u', 'd', 'x'])
  if (random.chance(0.02)) changes['amount_usd'] = random.pick([null, '-1.00', '1.234', 'much', '36.00000'])
  return JSON.stringify(row(n, changes))
}

/** How much older a record is than the newest. */
function behind(random: Random): number {
  if (random.chance(0.03)) return 15 * MINUTE_MS + random.whole(30 * MINUTE_MS)
  if (random.chance(0.05)) return random.whole(10 * MINUTE_MS)
  return random.chance(0.3) ? random.whole(5_000) : 0
}
