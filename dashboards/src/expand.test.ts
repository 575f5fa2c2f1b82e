import { describe, expect, test } from 'vitest'
import { expand, expandPromql, intervalOf, intervalText, parseIntervalMs, type QueryContext } from './expand.ts'

const context: QueryContext = {
  from: new Date('2026-11-20T12:00:00Z'),
  to: new Date('2026-11-20T18:00:00Z'),
  intervalMs: 120_000,
  variables: { tier: ['VIP', "O'Hara"], customer: 'c-1' },
}

describe('expand', () => {
  test.each([
    ['$__timeFilter(t)', "t BETWEEN '2026-11-20T12:00:00.000Z' AND '2026-11-20T18:00:00.000Z'"],
    ['$__timeFrom()::timestamptz', "'2026-11-20T12:00:00.000Z'::timestamptz"],
    ['$__timeTo()', "'2026-11-20T18:00:00.000Z'"],
    ["interval '$__interval'", "interval '2m'"],
    ['$__timeGroup(t, $__interval) as x', 'floor(extract(epoch from t)/120)*120 as x'],
    ["$__timeGroup(t,'1h') as x", 'floor(extract(epoch from t)/3600)*3600 as x'],
    ['$__timeGroup(t, 5m), n', 'floor(extract(epoch from t)/300)*300 AS "time", n'],
    ['$__timeGroupAlias(t, 1d)', 'floor(extract(epoch from t)/86400)*86400 AS "time"'],
    ['in (${tier:sqlstring})', "in ('VIP','O''Hara')"],
    ['/customers/${customer}', '/customers/c-1'],
  ])('%s', (query, expanded) => {
    expect(expand(query, context)).toBe(expanded)
  })

  test.each([
    ['$__unixEpochFilter(t)', 'macro $__unixEpochFilter'],
    ['$__timeGroup(t, often)', 'often is no interval'],
    ['${country:sqlstring}', 'variable country'],
    ['${tier}', 'tier has several values'],
    ['${tier:csv}', 'format csv of tier'],
    ['$tier', '$tier is neither'],
  ])('refuses %s', (query, message) => {
    expect(() => expand(query, context)).toThrow(message)
  })

  test('leaves what a variable brings alone, as it is data', () => {
    const variables = { name: '$__timeFrom() ${tier}' }
    expect(expand('${name:sqlstring}', { ...context, variables })).toBe("'$__timeFrom() ${tier}'")
  })
})

test('expandPromql makes a rate span at least four scrapes', () => {
  expect(expandPromql('rate(a[$__rate_interval])', context)).toBe('rate(a[125s])')
  expect(expandPromql('rate(a[$__rate_interval])', { ...context, intervalMs: 1_000 })).toBe('rate(a[20s])')
  expect(expandPromql('a[$__range] b[$__interval]', context)).toBe('a[21600s] b[2m]')
})

test.each([
  [6, 150, 2 * 60],
  [24, 150, 10 * 60],
  [48, 150, 20 * 60],
  [7 * 24, 150, 60 * 60],
  [30 * 24, 150, 6 * 60 * 60],
  [24 * 365 * 300, 150, 365 * 24 * 60 * 60],
  [1 / 3600, 1_000, 0.001],
])('%i hours in %i points are steps of %f s', (hours, points, seconds) => {
  const to = new Date(context.from.getTime() + hours * 3_600_000)
  expect(intervalOf(context.from, to, points)).toBe(seconds * 1_000)
})

test('a step has a lower bound, and is written as Grafana writes it', () => {
  expect(intervalOf(context.from, context.to, 150, 600_000)).toBe(600_000)
  expect([1, 2_000, 120_000, 90_000, 3_600_000, 86_400_000].map(intervalText)).toEqual([
    '1ms',
    '2s',
    '2m',
    '90s',
    '1h',
    '1d',
  ])
  expect(['1w', '1y', '5ms'].map(parseIntervalMs)).toEqual([604_800_000, 31_536_000_000, 5])
})
