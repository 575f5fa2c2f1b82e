import { minutes, seconds } from '@fintech-streams/contracts'
import { type Samples } from '@fintech-streams/service'
import { describe, expect, it } from 'vitest'
import { missingHistoryMs } from './history.ts'

const NOW_MS = Date.parse('2026-11-20T13:31:00Z')
const ASKED_MS = minutes(120)

/** The watermarks of a processor's partitions, this far behind the clock. */
function delays(stage: string, ...seconds: number[]): Samples {
  return seconds.map((value, partition) => ({
    name: 'processor_watermark_delay_seconds',
    labels: { stage, partition: String(partition) },
    value,
  }))
}

const missing = (newestAgoMs: number | undefined, processor: Samples): number =>
  missingHistoryMs(ASKED_MS, newestAgoMs === undefined ? undefined : NOW_MS - newestAgoMs, processor, NOW_MS)

describe('the history that is missing', () => {
  it('is all of it in an empty database, whatever the processor has read', () => {
    expect(missing(undefined, [])).toBe(ASKED_MS)
    expect(missing(undefined, delays('source', 5))).toBe(ASKED_MS)
  })

  it('is what is newer than the newest transaction, at most what was asked for, where no processor tells', () => {
    expect(missing(minutes(7), [])).toBe(minutes(7))
    expect(missing(minutes(500), [])).toBe(ASKED_MS)
    expect(missing(-seconds(3), [])).toBe(0)
  })

  it('is nothing when the processor went on while nobody wrote', () => {
    expect(missing(minutes(7), delays('source', 5.2, 4.9, 5.1, 5))).toBe(0)
  })

  it('is what no partition has passed, less what passes meanwhile, when the processor had stopped as well', () => {
    expect(missing(minutes(60), delays('source', 3_600.0625, 2_400.0625, 3_000))).toBe(2_400_062 - seconds(30))
  })

  it('is not what the processor has still to read', () => {
    expect(missing(minutes(7), delays('source', 90_000, 80_000))).toBe(minutes(7))
  })

  it('does not depend on the second stage, which the first one judges for', () => {
    expect(missing(minutes(60), [...delays('source', 3_000), ...delays('merge', 5)])).toBe(minutes(50) - seconds(30))
  })
})
