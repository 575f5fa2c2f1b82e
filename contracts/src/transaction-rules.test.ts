import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { SECOND_MS } from './time.ts'
import { CITY_PATTERN, CURRENCIES_TAKEN, DEVICE_PATTERN, EARLIEST_MS, unfit, untimely } from './transaction-rules.ts'
import { TRANSACTION_TYPES } from './transaction.ts'

const NONE = { toAccountId: undefined, originalTransactionId: undefined }

describe('unfit', () => {
  it('asks for a receiver of transfers, and of nothing else', () => {
    for (const type of TRANSACTION_TYPES) {
      const isTransfer = type === 'TRANSFER' || type === 'WIRE_TRANSFER'
      expect(unfit(type, NONE) === undefined).toBe(!isTransfer)
      expect(unfit(type, { ...NONE, toAccountId: 'a' }) === undefined).toBe(isTransfer)
    }
    expect(unfit('TRANSFER', NONE)).toEqual({ field: 'to_account_id', message: 'is needed for a TRANSFER' })
  })

  it('takes an original of reversals only', () => {
    for (const type of ['REFUND', 'CHARGEBACK'] as const) {
      expect(unfit(type, { ...NONE, originalTransactionId: 'a' })).toBeUndefined()
    }
    const fault = { field: 'original_transaction_id', message: 'is not for a PURCHASE' }
    expect(unfit('PURCHASE', { ...NONE, originalTransactionId: 'a' })).toEqual(fault)
  })
})

describe('untimely', () => {
  const now = Date.parse('2026-11-20T10:00:00Z')

  it('takes times from 2015 to five seconds ahead', () => {
    expect(untimely(now + 5 * SECOND_MS, now)).toBeUndefined()
    expect(untimely(now + 5 * SECOND_MS + 1, now)?.message).toContain('is ahead of the clock')
    expect(untimely(EARLIEST_MS, now)).toBeUndefined()
    expect(untimely(EARLIEST_MS - 1, now)?.message).toBe('is before 2015')
  })
})

it('what is taken is what the lake takes', () => {
  const path = join(import.meta.dirname, '../../reconciliation/rules.json')
  const { quarantine } = JSON.parse(readFileSync(path, 'utf8')) as { quarantine: unknown }
  expect(quarantine).toEqual({
    currencies: CURRENCIES_TAKEN,
    earliest: new Date(EARLIEST_MS).toISOString().slice(0, 10),
  })
})

it('a city and a device have no control characters', () => {
  expect(['Zürich', 'Ho Chi Minh City', 'x'.repeat(100)].every((city) => new RegExp(CITY_PATTERN).test(city))).toBe(
    true,
  )
  expect(['', 'a\nb', 'x'.repeat(101)].some((city) => new RegExp(CITY_PATTERN).test(city))).toBe(false)
  expect(new RegExp(DEVICE_PATTERN).test('dev-1/x')).toBe(true)
  expect(['', 'a b', 'ü', 'x'.repeat(201)].some((device) => new RegExp(DEVICE_PATTERN).test(device))).toBe(false)
})
