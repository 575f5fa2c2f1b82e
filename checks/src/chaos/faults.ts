import { type Random } from '../random.ts'
import { CLOCK_FAULTS } from './clock-faults.ts'
import { CONNECTOR_FAULTS } from './connector-faults.ts'
import { DISK_FAULTS } from './disk-faults.ts'
import { GROUP_FAULTS } from './group-faults.ts'
import { LOG_FAULTS } from './log-faults.ts'
import { PROCESS_FAULTS } from './process-faults.ts'
import { type Fault } from './scene.ts'

export const FAULTS: readonly Fault[] = [
  ...PROCESS_FAULTS,
  ...CONNECTOR_FAULTS,
  ...GROUP_FAULTS,
  ...LOG_FAULTS,
  ...CLOCK_FAULTS,
  ...DISK_FAULTS,
]

/**
 * The faults of a run in random order. Each kind comes by its weight, and at least once when there are as many faults
 * as kinds.
 */
export function schedule(random: Random, count: number, isPossible: (fault: Fault) => boolean): Fault['inject'][] {
  const kinds = FAULTS.filter(isPossible)
  const given = kinds.map((kind) => ({ kind, times: 0 }))
  for (let n = 0; n < count; n += 1) {
    // Whoever lags most behind its share comes next.
    const next = given.reduce((a, b) => (share(a) <= share(b) ? a : b))
    next.times += 1
  }
  const faults = given.flatMap(({ kind, times }) => Array.from({ length: times }, () => kind.inject))
  for (let at = faults.length - 1; at > 0; at -= 1) {
    const other = random.whole(at + 1)
    ;[faults[at], faults[other]] = [faults[other]!, faults[at]!]
  }
  return faults
}

const share = ({ kind, times }: { kind: Fault; times: number }): number =>
  times === 0 ? -kind.weight : times / kind.weight
