import { expect, test } from 'vitest'
import { bounds, momentMs } from './range.ts'

const NOW = Date.UTC(2026, 0, 5, 12)

test('moments as Grafana writes them', () => {
  expect(momentMs('now', NOW)).toBe(NOW)
  expect(momentMs('now-15m', NOW)).toBe(NOW - 900_000)
  expect(momentMs('now-30d', NOW)).toBe(NOW - 30 * 86_400_000)
  expect(momentMs('1767614400000', NOW)).toBe(1_767_614_400_000)
  for (const text of ['', 'yesterday', 'now-3x', 'now+1h']) expect(momentMs(text, NOW)).toBeUndefined()
})

test('a range that is none is the one at first', () => {
  const fallback = { from: 'now-3h', to: 'now' }
  const first = { fromMs: NOW - 3 * 3_600_000, toMs: NOW }
  expect(bounds({ from: 'now-1h', to: 'now' }, fallback, NOW)).toEqual({ fromMs: NOW - 3_600_000, toMs: NOW })
  expect(bounds({ from: 'now', to: 'now-1h' }, fallback, NOW)).toEqual(first)
  expect(bounds({ from: 'x', to: 'now' }, fallback, NOW)).toEqual(first)
})
