import { type Await, AWAITS } from './cluster.ts'

/** What a run has to put up with, by kind. */
export const DISTURBANCES = [
  'outOfOrderRecords',
  'fastClocks',
  'movedRows',
  'duplicateRecords',
  'lateRecords',
  'recordsBeyondHorizon',
  'malformedRecords',
  'idleSteps',
  'rebalances',
  'flappingPartitions',
  'cutLogs',
  'forgottenOffsets',
  'resets',
  'damagedBatches',
  'crashes',
  'lostCommits',
  'refusedCommits',
  'zombies',
  'takeovers',
  'staleStandbys',
  'fenced',
  'abortedSourceTransactions',
  'slowReads',
  'tornReads',
  'clockSet',
  'databaseClocks',
] as const
export type Disturbance = (typeof DISTURBANCES)[number]

/** How often each happened, to tell that a run was a run. */
export class Disturbances {
  readonly counts: Record<Disturbance, number>
  /** Processes that died while they waited for this. */
  readonly crashesAt: Record<Await, number>

  constructor() {
    this.counts = Object.fromEntries(DISTURBANCES.map((kind) => [kind, 0])) as Record<Disturbance, number>
    this.crashesAt = Object.fromEntries(AWAITS.map((name) => [name, 0])) as Record<Await, number>
  }

  happened(kind: Disturbance, times = 1): void {
    this.counts[kind] += times
  }

  crashedAt(name: string | undefined): void {
    this.happened('crashes')
    const known = AWAITS.find((one) => one === name)
    if (known !== undefined) this.crashesAt[known] += 1
  }

  add(other: Disturbances): void {
    for (const kind of DISTURBANCES) this.counts[kind] += other.counts[kind]
    for (const name of AWAITS) this.crashesAt[name] += other.crashesAt[name]
  }

  /** What never happened. */
  missing(): string[] {
    return [
      ...DISTURBANCES.filter((kind) => this.counts[kind] === 0),
      ...AWAITS.filter((name) => this.crashesAt[name] === 0).map((name) => `a crash while waiting for ${name}`),
    ]
  }
}
