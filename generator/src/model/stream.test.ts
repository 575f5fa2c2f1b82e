import { HOUR_MS } from '@fintech-streams/contracts'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  alertRow,
  contextFields,
  copyText,
  divideE8,
  isDebit,
  multiplyE8,
  transactionRow,
} from '@fintech-streams/ledger'
import { runStream, START_MS, testWorld } from '../testing/world.ts'
import { quoteRow, sessionRow } from '../write/rows.ts'
import { type Batch } from './stream.ts'
import { TIER_PROFILES } from './tiers.ts'
import { type World } from './world.ts'

/** Every byte that a batch writes, but for what the database adds. */
function bytesOf({ changes, sessions, quotes }: Batch): string {
  return [
    copyText(
      changes.map(({ transaction, context }) => ({ ...transactionRow(transaction), ...contextFields(context) })),
    ),
    copyText(changes.flatMap(({ transaction, alert }) => (alert === null ? [] : [alertRow(alert, transaction)]))),
    JSON.stringify(changes.map(({ postings, typology }) => ({ postings, typology }))),
    copyText(sessions.map(sessionRow)),
    copyText(quotes.map(quoteRow)),
  ].join('\n')
}

let world: World
let batch: Batch
beforeAll(async () => {
  world = await testWorld(100)
  batch = runStream({ world, transactions: 30_000 })
})

describe('TransactionStream', () => {
  it('gives the same bytes for the same seed, and others for another', () => {
    const run = { world, transactions: 3_000, fraudShare: 0.02 }
    expect(bytesOf(runStream({ ...run, seed: 5 }))).toBe(bytesOf(runStream({ ...run, seed: 5 })))
    expect(bytesOf(runStream({ ...run, seed: 5 }))).not.toBe(bytesOf(runStream({ ...run, seed: 6 })))
  })

  it('never uses an id twice', () => {
    const ids = batch.changes.flatMap(({ transaction, alert }) => [
      transaction.transactionId,
      ...(alert === null ? [] : [alert.alertId]),
    ])
    expect(new Set(ids).size).toBe(ids.length)
  })

  it('keeps amounts in the range of the tier, and near its mean', () => {
    const byTier = Map.groupBy(
      batch.changes.filter(({ transaction }) => transaction.type !== 'REFUND'),
      ({ context }) => context.customer.tier,
    )
    for (const [tier, changes] of byTier) {
      const { min, max, mean } = TIER_PROFILES[tier].amountMinor
      const amounts = changes.map(({ transaction }) => transaction.amountMinor)
      expect(amounts.every((amount) => amount >= min && amount <= max)).toBe(true)
      expect(Math.abs(amounts.reduce((sum, amount) => sum + amount, 0) / amounts.length / mean - 1)).toBeLessThan(0.04)
    }
  })

  it('converts every amount by the rate that the row names, rounded half up', () => {
    for (const { transaction } of batch.changes) {
      expect(transaction.amountUsdMinor).toBe(multiplyE8(transaction.amountMinor, transaction.fxRateE8))
      if (transaction.currency === 'USD') expect(transaction.amountUsdMinor).toBe(transaction.amountMinor)
    }
    expect(new Set(batch.changes.map(({ transaction }) => transaction.currency)).size).toBeGreaterThan(4)
  })

  it('gives a transfer a receiver that is somebody else’s account, and nothing else one', () => {
    const ownerOf = new Map(world.accounts.map(({ accountId, customerId }) => [accountId, customerId]))
    for (const { transaction } of batch.changes) {
      const isTransfer = transaction.type === 'TRANSFER' || transaction.type === 'WIRE_TRANSFER'
      expect(transaction.toAccountId !== null).toBe(isTransfer)
      expect(ownerOf.get(transaction.accountId)).toBe(transaction.customerId)
      if (transaction.toAccountId !== null)
        expect(ownerOf.get(transaction.toAccountId)).not.toBe(transaction.customerId)
    }
  })

  it('names a merchant’s category and code with the merchant, for what is bought and for what is paid', () => {
    for (const { transaction, context } of batch.changes) {
      expect(transaction.merchantCategory).toBe(context.merchant?.category ?? null)
      expect(transaction.mcc).toBe(context.merchant?.mcc ?? null)
      if (transaction.type === 'PURCHASE' || transaction.type === 'PAYMENT') expect(context.merchant).not.toBeNull()
    }
  })

  it('crosses a border where the place or the merchant is abroad', () => {
    for (const { transaction, context } of batch.changes) {
      const countries = [transaction.location?.country, context.merchant?.country].filter((name) => name !== undefined)
      expect(transaction.isCrossBorder).toBe(countries.some((name) => name !== context.customer.country))
    }
    expect(batch.changes.filter(({ transaction }) => transaction.location === null).length).toBeGreaterThan(0)
  })

  it('labels nothing without fraud', () => {
    expect(batch.changes.every(({ typology }) => typology === null)).toBe(true)
  })

  it('lets time stand still but not go back', () => {
    expect(() => runStream({ world, transactions: 3, stepMs: -1 })).toThrow('event time went back')
    expect(runStream({ world, transactions: 3, stepMs: 0 }).changes).toHaveLength(3)
  })

  it('quotes every symbol once a minute', () => {
    const minutes = Math.ceil((30_000 * 50) / 60_000)
    expect(new Set(batch.quotes.map(({ recordedAtMs }) => recordedAtMs)).size).toBe(minutes)
    const keys = batch.quotes.map(({ symbol, recordedAtMs }) => `${symbol} ${recordedAtMs}`)
    expect(new Set(keys).size).toBe(keys.length)
  })
})

describe('money', () => {
  it('moves as the transactions say: a completed one moves its amount and its fee, the others nothing', () => {
    const rateOf = (currency: string, { transaction }: Batch['changes'][0]): number | undefined =>
      currency === transaction.currency ? transaction.fxRateE8 : undefined
    for (const change of batch.changes) {
      const { transaction, postings, context } = change
      const own = postings.find(({ accountId }) => accountId === transaction.accountId)
      const feeHere = divideE8(transaction.feeMinor, rateOf(context.account.currency, change) ?? 0)
      if (transaction.status === 'COMPLETED') {
        const expected = isDebit(transaction.type) ? -(transaction.amountMinor + feeHere) : transaction.amountMinor
        expect(own?.deltaMinor).toBe(expected)
        expect(postings).toHaveLength(transaction.toAccountId === null ? 1 : 2)
      } else if (transaction.status === 'PENDING') {
        expect(postings.map(({ deltaMinor }) => deltaMinor)).toEqual([0])
        expect(own?.pendingDebitsMinor).toBeGreaterThanOrEqual(transaction.amountMinor + feeHere)
      } else {
        expect(postings).toEqual([])
      }
    }
  })

  it('reaches the receiver whole in the same currency, and to the cent in another', () => {
    let received = 0
    for (const { transaction, postings } of batch.changes) {
      if (transaction.status !== 'COMPLETED' || transaction.toAccountId === null) continue
      const credit = postings.find(({ accountId }) => accountId === transaction.toAccountId)
      if (credit?.currency === transaction.currency) expect(credit.deltaMinor).toBe(transaction.amountMinor)
      else expect(credit?.deltaMinor).toBeGreaterThan(0)
      received += 1
    }
    expect(received).toBeGreaterThan(500)
  })

  it('is never spent that is not there: no account goes below its credit', () => {
    const balances = new Map(world.accounts.map(({ accountId, balanceMinor }) => [accountId, balanceMinor]))
    const limits = new Map(world.accounts.map(({ accountId, creditLimitMinor }) => [accountId, creditLimitMinor]))
    for (const { accountId, deltaMinor } of batch.changes.flatMap(({ postings }) => postings)) {
      const after = (balances.get(accountId) ?? 0) + deltaMinor
      balances.set(accountId, after)
      if (deltaMinor < 0) expect(after + (limits.get(accountId) ?? 0)).toBeGreaterThanOrEqual(0)
    }
  })

  it('is given back at most once, never more than was paid, later and to the same account', () => {
    const byId = new Map(batch.changes.map(({ transaction }) => [transaction.transactionId, transaction]))
    const reversals = batch.changes
      .map(({ transaction }) => transaction)
      .filter((t) => t.originalTransactionId !== null)
    const originals = reversals.map((t) => t.originalTransactionId as string)
    expect(new Set(originals).size).toBe(originals.length)
    for (const reversal of reversals) {
      const original = byId.get(reversal.originalTransactionId as string)
      expect(['REFUND', 'CHARGEBACK']).toContain(reversal.type)
      expect(['PURCHASE', 'PAYMENT']).toContain(original?.type)
      expect(original?.status).toBe('COMPLETED')
      expect(reversal.accountId).toBe(original?.accountId)
      expect(reversal.amountMinor).toBeLessThanOrEqual(original?.amountMinor ?? 0)
      expect(reversal.createdAtMs).toBeGreaterThan(original?.createdAtMs ?? Infinity)
    }
    expect(reversals.filter(({ type }) => type === 'REFUND').length / batch.changes.length).toBeCloseTo(0.015, 2)
    expect(reversals.some(({ type }) => type === 'CHARGEBACK')).toBe(true)
  })
})

describe('sessions', () => {
  it('count every transaction from a device once, within their time', () => {
    const actions = batch.sessions.reduce((sum, { actionsCount }) => sum + actionsCount, 0)
    expect(actions).toBe(batch.changes.filter(({ transaction }) => transaction.deviceFingerprint !== null).length)
    expect(new Set(batch.sessions.map(({ sessionId }) => sessionId)).size).toBe(batch.sessions.length)
    for (const { startedAtMs, endedAtMs } of batch.sessions) {
      expect(endedAtMs).toBeGreaterThanOrEqual(startedAtMs)
      expect(endedAtMs - startedAtMs).toBeLessThan(2 * HOUR_MS)
      expect(startedAtMs).toBeGreaterThanOrEqual(START_MS)
    }
  })

  it('end when nothing happens for ten minutes', () => {
    const sparse = runStream({ world, transactions: 400, stepMs: 11 * 60_000 })
    expect(sparse.sessions.length).toBeGreaterThan(100)
    expect(sparse.sessions.every(({ actionsCount }) => actionsCount === 1)).toBe(true)
  })
})
