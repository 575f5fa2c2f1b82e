import { MINUTE_MS } from '@fintech-streams/contracts'
import { before, type Minutes, sumOf, totalOf } from './minutes.ts'
import { type PostgresSide } from './postgres-side.ts'

/** What must be equal, each a check by this name in reports and metrics. */
export const CHECKS = ['outbox_events', 'kafka_transactions', 'outcomes', 'minute_counts', 'minute_amounts'] as const
export type CheckName = (typeof CHECKS)[number]

/** One equation and what came of it. */
export interface Check {
  readonly name: CheckName
  /** What stands on both sides, in words. */
  readonly sides: readonly [string, string]
  /** Transactions; minor units for `minute_amounts`. */
  readonly values: readonly [bigint, bigint]
  /** Sum over the minutes of how far apart the sides are, so that a surplus does not hide a lack. */
  readonly difference: bigint
  /** The minutes in which they differ, as milliseconds since the epoch; the first ones. */
  readonly minutesMs: readonly number[]
}

const MINUTES_SHOWN = 5

/** What Kafka says of the transactions of the same time: how many different ones. */
export interface KafkaSide {
  readonly transactions: Minutes
  readonly events: Minutes
}

/** Holds the sides against each other. */
export function conservation(postgres: PostgresSide, kafka: KafkaSide): Check[] {
  const { source, verdicts, beyondHorizon, deadLettered, lateForMinute, dashboards } = postgres
  const closed = (side: Minutes): Minutes => before(side, postgres.closedBeforeMinute)
  const outcomes = sumOf(verdicts, beyondHorizon, deadLettered)
  const shown = sumOf(dashboards, lateForMinute, beyondHorizon, deadLettered)
  return [
    check('outbox_events', ['rows in Postgres', 'events in Kafka'], source, kafka.events, 'count'),
    check('kafka_transactions', ['rows in Postgres', 'transactions in Kafka'], source, kafka.transactions, 'count'),
    check('outcomes', ['transactions in Kafka', 'verdicts, late and dead'], kafka.transactions, outcomes, 'count'),
    check('minute_counts', ['rows in Postgres', 'dashboards, late and dead'], closed(source), closed(shown), 'count'),
    check(
      'minute_amounts',
      ['amount in Postgres', 'dashboards, late and dead'],
      closed(source),
      closed(shown),
      'minor',
    ),
  ]
}

function check(name: CheckName, sides: Check['sides'], a: Minutes, b: Minutes, what: 'count' | 'minor'): Check {
  const valueAt = (side: Minutes, minute: number): bigint => BigInt(side.get(minute)?.[what] ?? 0)
  const minutes = [...new Set([...a.keys(), ...b.keys()])].sort((one, other) => one - other)
  const different = minutes.filter((minute) => valueAt(a, minute) !== valueAt(b, minute))
  const apart = (minute: number): bigint => {
    const difference = valueAt(a, minute) - valueAt(b, minute)
    return difference < 0n ? -difference : difference
  }
  return {
    name,
    sides,
    values: [BigInt(totalOf(a)[what]), BigInt(totalOf(b)[what])],
    difference: different.reduce((sum, minute) => sum + apart(minute), 0n),
    minutesMs: different.slice(0, MINUTES_SHOWN).map((minute) => minute * MINUTE_MS),
  }
}

/** Whether nothing is missing and nothing is too much. */
export const isConserved = (checks: readonly Check[]): boolean => checks.every(({ difference }) => difference === 0n)
