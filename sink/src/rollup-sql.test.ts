import { RESULTS } from '@fintech-streams/contracts'
import { describe, expect, test } from 'vitest'
import { rollUpAllSql, rollupSql } from './rollup-sql.ts'
import { type Rollup, ROLLUPS } from './rollups.ts'
import { schemaSql } from './store.ts'
import { sinkTables } from './tables.ts'

const rollup: Rollup = {
  name: 'volume_hours',
  of: 'dashboard_metrics',
  bucket: 'hour',
  by: { kind: 'transaction_type' },
  values: { amount: 'sum(total_volume)' },
}

/** What they do is shown with a real Postgres, in e2e/dashboards.e2e.ts. */
describe('rollups', () => {
  test('have names of their own, and are of results by window', () => {
    expect(new Set(ROLLUPS.map(({ name }) => name)).size).toBe(ROLLUPS.length)
    for (const { of } of ROLLUPS) expect(RESULTS[of as keyof typeof RESULTS].fields).toHaveProperty('window_start')
  })

  test.each(ROLLUPS)('$name reads fields that its result has', ({ of, apart = '', by, values }) => {
    const { fields } = RESULTS[of as keyof typeof RESULTS]
    const local = [...(/as \w+ \(([^)]*)\)/.exec(apart)?.[1]?.split(', ') ?? [])]
    const known = [...Object.keys(fields), ...local]
    const text = [apart.replace(/ as .*/, ''), ...Object.values(by), ...Object.values(values)].join(' ')
    const names =
      text.replaceAll(/'[^']*'/g, '').match(/\b[a-z]+(?:_[a-z]+)+\b|\bcity\b|\bcurrency\b|\bcategory\b/g) ?? []
    for (const name of names) if (name !== 'jsonb_each_text') expect(known).toContain(name)
  })

  test('are rebuilt when their declaration changes', () => {
    const [make = ''] = rollupSql(rollup)
    const [other = ''] = rollupSql({ ...rollup, values: { amount: 'max(total_volume)' } })
    expect(make).toContain("where name = 'volume_hours' and definition =")
    expect(make).toContain('drop table if exists analytics.volume_hours_rolled')
    expect(make).not.toBe(other)
  })

  test('are only those of tables that there are', () => {
    const some = schemaSql(sinkTables(new Map([['dashboard_metrics', RESULTS.dashboard_metrics]]))).join('\n')
    expect(some).toContain('volume_hours_rolled')
    expect(some).not.toContain('spending_days')
    expect(rollUpAllSql([])).toContain('select 0 ')
  })
})
