import { readFileSync } from 'node:fs'
import { CONTRACT_RULES_FILE } from '@fintech-streams/processor-testing'
import { buildRow, id } from '@fintech-streams/testing'
import { PartitionIntake } from './oracle/intake.ts'
import { readOracleRules } from './oracle/rules.ts'
import { type IdleStep, type SourceRecord } from './oracle/source.ts'

/** The contract's thresholds, whatever the project's rules document says. */
export const CONTRACT_RULES = readOracleRules(readFileSync(CONTRACT_RULES_FILE, 'utf8'))

/** A UUID that a number names. */
export const uuid = id

/** A plain good row of Friday 2026-11-20, 12:00 UTC, with other values where given; `undefined` drops a column. */
export function row(n: number, changes: Record<string, unknown> = {}): Record<string, unknown> {
  const base = buildRow({
    transaction_id: uuid(n),
    customer_id: uuid(0xc0),
    account_id: uuid(0xa0),
    merchant_id: uuid(0xe0),
    amount: '10.00',
    fx_rate: '1.10000000',
    amount_usd: '11.00',
    fee_amount: '0.10',
    risk_score: '10.00',
    created_at: '2026-11-20T12:00:00.000Z',
    __source_lsn: n,
    __source_ts_ms: Date.UTC(2030, 0, 1),
  })
  return { ...base, ...changes }
}

/** A record of the source topic; a text or buffer is its value as it is. */
export function record(offset: number, value: Record<string, unknown> | string | Buffer | null): SourceRecord {
  const bytes =
    value === null || Buffer.isBuffer(value)
      ? value
      : Buffer.from(typeof value === 'string' ? value : JSON.stringify(value))
  return { partition: 0, offset, timestampMs: Date.UTC(2030, 0, 1), key: Buffer.from('{}'), value: bytes }
}

/** What one partition makes of these rows, in order. */
export function intakeOf(
  rows: readonly (Record<string, unknown> | string | null)[],
  partition = 0,
  idleSteps: readonly IdleStep[] = [],
): PartitionIntake {
  const intake = new PartitionIntake(partition, idleSteps)
  for (const [offset, value] of rows.entries()) intake.add({ ...record(offset, value), partition })
  return intake
}

/** The time of day on 2026-11-20, such as `12:34:56` or `12:34:56.789`. */
export function at(time: string): string {
  return `2026-11-20T${time}Z`
}
