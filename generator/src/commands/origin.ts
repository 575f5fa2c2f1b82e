import { randomInt } from 'node:crypto'
import { UsageError } from '@fintech-streams/service'

const SEED_MAX = 4_294_967_295

/** The seed that is given, or a random one. */
export function seedOf(values: { seed: number | undefined }): number {
  return values.seed ?? randomInt(SEED_MAX)
}

/** The start that is given, or now. @throws UsageError for a start in the future. */
export function startOf(values: { startTime: number | undefined }): number {
  if (values.startTime === undefined) return Date.now()
  if (values.startTime > Date.now()) throw new UsageError('--start-time is in the future: give a time that has passed')
  return values.startTime
}
