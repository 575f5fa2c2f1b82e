import { type Samples, total } from '@fintech-streams/service'
import { type BrokerState } from './broker.ts'
import { type ConnectState } from './connectors.ts'
import { type DatabaseState } from './database.ts'
import { type Instance, type ProgramName } from './programs.ts'
import { type ProbeResult } from './probe.ts'

/** Everything that the parts of the platform said at one time. */
export interface Snapshot {
  readonly atMs: number
  /** The same time on a clock that nobody sets: what intervals and rates go by. */
  readonly monotonicMs: number
  readonly instances: readonly Instance[]
  readonly connect: ProbeResult<ConnectState>
  readonly broker: ProbeResult<BrokerState>
  readonly database: ProbeResult<DatabaseState>
  /** What this process counts of itself. */
  readonly own: Samples
  readonly ownUptimeSeconds: number
  /** The other views that the API has, such as rolling risk scores. */
  readonly checks: readonly { readonly name: string; readonly ready: boolean; readonly detail: string }[]
}

/** Two moments: now, and some time before, from which rates follow; before the second sample there is only one. */
export class Span {
  readonly now: Snapshot
  readonly before: Snapshot | undefined

  constructor(now: Snapshot, before: Snapshot | undefined) {
    this.now = now
    this.before = before
  }

  /** A counter's rate per second; null where either moment lacks it, or after a reset. */
  rate(of: (snapshot: Snapshot) => number | undefined): number | null {
    if (this.before === undefined) return null
    const [now, before] = [of(this.now), of(this.before)]
    if (now === undefined || before === undefined || now < before) return null
    return perSecond(now - before, this.now.monotonicMs - this.before.monotonicMs)
  }

  /** How much a counter of a program's processes grew, per second; null where nothing can be compared. */
  counterRate(program: ProgramName, name: string, labels: Labels = {}): number | null {
    if (this.before === undefined) return null
    const grown = this.pairs(program).map(([now, before]) =>
      growth(total(now, name, labels), total(before, name, labels)),
    )
    if (grown.length === 0) return null
    return perSecond(sum(grown), this.now.monotonicMs - this.before.monotonicMs)
  }

  /** How much a counter of this process grew, per second. */
  ownRate(name: string, labels: Labels = {}): number | null {
    return this.rate(({ own }) => total(own, name, labels))
  }

  /** What a counter of a program's processes grew by; 0 where nothing can be compared. */
  counterGrowth(program: ProgramName, name: string, labels: Labels = {}): number {
    return sum(
      this.pairs(program).map(([now, before]) => growth(total(now, name, labels), total(before, name, labels))),
    )
  }

  /**
   * Samples of each of a program's processes, now and before. One that was started in between had counted nothing before;
   * one that lived and did not answer is left out, as nobody knows when it counted what it has.
   */
  pairs(program: ProgramName): [now: Samples, before: Samples][] {
    const { before } = this
    if (before === undefined) return []
    return instancesOf(this.now, program).flatMap(({ address, result }): [Samples, Samples][] => {
      if (!result.ok) return []
      const earlier = before.instances.find((one) => one.program === program && one.address === address)?.result
      if (earlier?.ok === true) return [[result.value.samples, earlier.value.samples]]
      return Date.parse(result.value.status.started_at) >= before.atMs ? [[result.value.samples, []]] : []
    })
  }
}

export type Labels = Readonly<Record<string, string>>

export const instancesOf = ({ instances }: Snapshot, program: ProgramName): Instance[] =>
  instances.filter((one) => one.program === program)

/** Samples of all processes of a program that answer. */
export const samplesOf = (snapshot: Snapshot, program: ProgramName): Samples =>
  instancesOf(snapshot, program).flatMap(({ result }) => (result.ok ? result.value.samples : []))

/** Whether any process of a program answers. */
export const isUp = (snapshot: Snapshot, program: ProgramName): boolean =>
  instancesOf(snapshot, program).some(({ result }) => result.ok)

/** The values of a gauge, one for each of its label sets. */
export const gauges = (samples: Samples, name: string, labels: Labels = {}): number[] =>
  samples
    .filter((sample) => sample.name === name)
    .filter((sample) => Object.entries(labels).every(([label, value]) => sample.labels[label] === value))
    .map(({ value }) => value)
    .filter(Number.isFinite)

/** A counter's growth. A value smaller than before belongs to a restarted process, which counts from 0. */
const growth = (now: number, before: number): number => (now < before ? now : now - before)
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)
const perSecond = (count: number, ms: number): number | null => (ms <= 0 ? null : (1_000 * count) / ms)
