import { describe, expect, test } from 'vitest'
import { at, intakeOf, row, uuid } from '../rows.ts'

const timed = (n: number, time: string) => row(n, { created_at: at(time) })
const ids = (counted: { transaction: { transactionId: string } }[]) => counted.map((c) => c.transaction.transactionId)

test('every record becomes exactly one of ignored, malformed, beyond the horizon, duplicate and counted', () => {
  const intake = intakeOf([
    timed(1, '12:00:00'),
    null,
    '{',
    row(2, { __op: 'u' }),
    row(3, { __op: 'd' }),
    timed(1, '12:00:00'),
    timed(4, '11:44:59.999'),
    timed(5, '11:45:00'),
  ])
  expect(ids(intake.counted)).toEqual([uuid(1), uuid(5)])
  expect(intake.ignored).toEqual({ tombstone: 1, update: 1, delete: 1, moved: 0 })
  expect(intake.malformed.map(({ record }) => record.offset)).toEqual([2])
  expect(intake.duplicates).toBe(1)
  expect(intake.beyondHorizon).toMatchObject([{ latenessMs: 1 }])
})

test('the watermark follows counted records only', () => {
  const intake = intakeOf([
    timed(1, '12:00:00'),
    timed(1, '12:30:00'), // a duplicate
    row(2, { created_at: at('13:00:00'), __op: 'u' }),
    row(3, { created_at: at('13:00:00'), amount_usd: '-1' }),
    timed(4, '12:00:10'),
  ])
  expect(intake.counted.map((c) => c.watermarkMs)).toEqual([-Infinity, Date.UTC(2026, 10, 20, 11, 59, 55)])
  expect(intake.finalWatermarkMs()).toBe(Date.UTC(2026, 10, 20, 12, 0, 5))
})

test('watermark and horizon go no further than a commit', () => {
  const ahead = (n: number, time: string, committed: string) =>
    row(n, { created_at: at(time), __source_ts_ms: Date.parse(at(committed)) })
  const intake = intakeOf([
    ahead(1, '12:00:59', '12:00:00'),
    timed(2, '11:45:00'),
    timed(3, '11:44:59.999'),
    ahead(1, '12:00:59', '12:00:00'),
    ahead(4, '12:00:01', '12:10:00'),
  ])
  expect(ids(intake.counted)).toEqual([uuid(1), uuid(2), uuid(4)])
  expect(intake.counted.map((c) => c.watermarkMs).slice(1)).toEqual(Array(2).fill(Date.parse(at('11:59:55'))))
  expect(intake.beyondHorizon).toMatchObject([{ latenessMs: 1 }])
  expect(intake.duplicates).toBe(1)
  expect(intake.finalWatermarkMs()).toBe(Date.parse(at('11:59:56')))
})

test('an id is forgotten beyond the horizon, and a duplicate refreshes it', () => {
  const repeatedAfter = (middle: Record<string, unknown>[]) =>
    intakeOf([timed(1, '12:00:00'), ...middle, timed(2, '12:15:00.001'), timed(1, '12:15:00.001')])
  expect(repeatedAfter([]).duplicates).toBe(0)
  expect(ids(repeatedAfter([]).counted)).toEqual([uuid(1), uuid(2), uuid(1)])
  expect(repeatedAfter([timed(1, '12:00:00.001')]).duplicates).toBe(2)
})

test('an id is still known exactly at the horizon', () => {
  expect(intakeOf([timed(1, '12:00:00'), timed(2, '12:15:00'), timed(1, '12:15:00')]).duplicates).toBe(1)
})

test('a redelivery from beyond the horizon is late each time, not a duplicate', () => {
  const intake = intakeOf([timed(1, '12:00:00'), timed(2, '12:20:00'), timed(1, '12:00:00'), timed(1, '12:00:00')])
  expect(intake.duplicates).toBe(0)
  expect(intake.beyondHorizon.map((late) => late.latenessMs)).toEqual([300_000, 300_000])
})

test('an idle step moves the watermark from its offset on, but not the horizon', () => {
  const steps = [{ offset: 1, watermarkMs: Date.UTC(2026, 10, 20, 14) }]
  const intake = intakeOf([timed(1, '12:00:00'), timed(2, '12:00:01'), timed(3, '11:45:01')], 0, steps)
  expect(intake.counted.map((c) => c.watermarkMs)).toEqual([-Infinity, steps[0]?.watermarkMs, steps[0]?.watermarkMs])
  expect(intake.beyondHorizon).toEqual([])
  expect(intake.idleSteps).toBe(1)
})

test('an idle step after the last record counts for the final watermark', () => {
  const intake = intakeOf([timed(1, '12:00:00')], 0, [{ offset: 9, watermarkMs: 5e12 }])
  expect(intake.watermarkMs).toBe(Date.UTC(2026, 10, 20, 11, 59, 55))
  expect(intake.finalWatermarkMs()).toBe(5e12)
  expect(intake.idleSteps).toBe(0)
})

describe('an idle step must be given by wall time', () => {
  // The record's event time is 12:00:00, and it was written at the first moment of 2030.
  const writtenMs = Date.UTC(2030, 0, 1)
  const stepped = (watermark: string, afterMs: number, rows = [timed(1, '12:00:00')]) => {
    const intake = intakeOf(rows, 0, [
      { offset: 1, watermarkMs: Date.parse(at(watermark)), takenAtMs: writtenMs + afterMs },
    ])
    intake.finalWatermarkMs()
    return intake.implausibleSteps.length
  }

  test('which is since the last record, less 5 s', () => {
    expect(stepped('12:00:15', 20_000)).toBe(0)
    expect(stepped('12:00:15.001', 20_000)).toBe(1)
  })

  test('and at least 10 s', () => {
    expect(stepped('12:00:05', 10_000)).toBe(0)
    expect(stepped('12:00:01', 9_999)).toBe(1)
  })

  test('and after a first counted record', () => {
    expect(stepped('12:00:01', 20_000, [])).toBe(1)
  })
})
