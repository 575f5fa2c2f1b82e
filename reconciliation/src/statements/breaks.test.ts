import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { RECONCILIATION_STATUSES } from '@fintech-streams/contracts'
import { describe, expect, test } from 'vitest'
import { sqlStep, sqlSteps } from '../sql/steps.ts'
import { BREAK_KINDS, BREAKS, type FoundEntry } from './breaks.ts'

const index = readFileSync(join(import.meta.dirname, '../../docs/INDEXES.md'), 'utf8')
const matching = sqlSteps('match')
  .map(({ query }) => query)
  .join('\n')

describe.each(RECONCILIATION_STATUSES)('%s', (status) => {
  test('comes out of the matching, and is documented', () => {
    expect(matching.includes(`'${status}'`), `a query in reconciliation/sql/match says '${status}'`).toBe(true)
    expect(index.includes(status), `reconciliation/docs/INDEXES.md says what ${status} is`).toBe(true)
  })
})

test('the matching comes to no other status', () => {
  const [, statuses = ''] =
    /CASE\s+WHEN e.status <> 'COMPARE'([\s\S]*?)END AS status/.exec(sqlStep('match', 'reconciliation_index').query) ??
    []
  const named = [...statuses.matchAll(/THEN '([A-Z_]+)'|ELSE '([A-Z_]+)'/g)].map(
    ([, then, otherwise]) => then ?? otherwise,
  )
  expect(named.length).toBeGreaterThan(4)
  for (const status of named) expect(RECONCILIATION_STATUSES).toContain(status)
})

test('each kind of break is claimed by an entry that no other kind claims', () => {
  const entry = (status: string, rule = 'REFERENCE', reason: string | null = null): FoundEntry => ({
    status,
    reason,
    rule,
    transaction_id: null,
    bank_reference: null,
  })
  const entries = [
    ...RECONCILIATION_STATUSES.map((status) => entry(status)),
    entry('AMOUNT_MISMATCH', 'REFERENCE', 'FX_RATE'),
    entry('SPLIT', 'SUM_OF_LINES'),
    entry('BATCHED', 'SUM_OF_TRANSACTIONS'),
    entry('MATCHED', 'NEAR_AMOUNT'),
  ]
  const claims = entries.map((of) => BREAK_KINDS.filter((kind) => BREAKS[kind].isClaimedBy(of)))
  for (const kinds of claims) expect(kinds.length).toBeLessThanOrEqual(1)
  expect(new Set(claims.flat())).toEqual(new Set(BREAK_KINDS))
})

test('weights are hundredths of all', () => {
  expect(BREAK_KINDS.reduce((sum, kind) => sum + BREAKS[kind].weight, 0)).toBe(100)
})
