import { readFile } from 'node:fs/promises'
import { type Static, Type } from 'typebox'
import { Value } from 'typebox/value'
import { type Chaos, type ChaosResponse } from './schema.ts'

const Comparisons = Type.Array(
  Type.Object({
    expected: Type.Number(),
    missing: Type.Number(),
    duplicate: Type.Number(),
    wrong: Type.Number(),
    unexpected: Type.Number(),
  }),
)

/** What the console shows of `report.json`, which `make chaos` writes. */
const Report = Type.Object({
  startedAt: Type.String(),
  seconds: Type.Number(),
  seed: Type.Number(),
  ok: Type.Boolean(),
  faults: Type.Array(Type.Unknown()),
  load: Type.Object({
    offeredPerSecond: Type.Number(),
    medianPerSecond: Type.Number(),
    written: Type.Number(),
  }),
  transactions: Type.Object({ inPostgres: Type.Number(), inKafka: Type.Number() }),
  recovery: Type.Array(
    Type.Object({ kind: Type.String(), count: Type.Number(), medianMs: Type.Number(), maxMs: Type.Number() }),
  ),
  verification: Type.Union([Type.Null(), Type.Object({ topics: Comparisons, tables: Comparisons })]),
})

/** The last chaos run on this machine, or why nothing is known of one. */
export async function chaosAnswer(file: string): Promise<ChaosResponse> {
  const text = await readFile(file, 'utf8').catch(() => undefined)
  if (text === undefined) return { last: null, problem: 'there is no report of a chaos run: make chaos writes one' }
  try {
    return { last: summedUp(Value.Parse(Report, JSON.parse(text))), problem: null }
  } catch {
    // Such as one that is being written.
    return { last: null, problem: 'the report of the last chaos run cannot be read: run make chaos again' }
  }
}

function summedUp(report: Static<typeof Report>): Chaos {
  const { load, transactions, verification } = report
  const compared = verification === null ? [] : [...verification.topics, ...verification.tables]
  const sum = (of: (one: (typeof compared)[number]) => number): number =>
    compared.reduce((total, one) => total + of(one), 0)
  return {
    started_at: report.startedAt,
    seconds: report.seconds,
    seed: report.seed,
    ok: report.ok,
    faults: report.faults.length,
    load: {
      offered_per_second: load.offeredPerSecond,
      median_per_second: load.medianPerSecond,
      written: load.written,
    },
    transactions: { in_postgres: transactions.inPostgres, in_kafka: transactions.inKafka },
    recovery: report.recovery.map(({ kind, count, medianMs, maxMs }) => ({
      kind,
      count,
      median_seconds: medianMs / 1_000,
      max_seconds: maxMs / 1_000,
    })),
    verification:
      verification === null
        ? null
        : {
            compared: sum(({ expected }) => expected),
            missing: sum(({ missing }) => missing),
            duplicate: sum(({ duplicate }) => duplicate),
            wrong: sum(({ wrong }) => wrong),
            unexpected: sum(({ unexpected }) => unexpected),
          },
  }
}
