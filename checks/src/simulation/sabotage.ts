import { DuplicateFilter, IDS_PREFIX, type Operator } from '@fintech-streams/engine'
import { type Output, type OutputBuffer, type Entry, RecordBuffer } from '@fintech-streams/records'
import { type Fault } from '../verify/compare.ts'
import { type BrokenGuards } from './cluster.ts'

/** A guard taken away: the checks must notice. */
export interface Sabotage {
  /** What the comparison must find. */
  readonly fault: Fault
  /** What the log does wrong. */
  readonly broken?: BrokenGuards
  /** Replaces an operator by one that does something wrong. */
  readonly wrap?: (operator: Operator) => Operator
  /** Breaks something for everything that runs until the function that it returns is called. */
  readonly install?: () => () => void
}

/** Every guard, by the name of its absence. */
export const SABOTAGES = {
  'offsets outside the transaction': { fault: 'duplicate', broken: { offsetsOutsideTransaction: true } },
  'no fencing': { fault: 'duplicate', broken: { noFencing: true } },
  'no dedupe': { fault: 'duplicate', install: countDuplicates },
  'outputs not discarded in replay': { fault: 'duplicate', wrap: (operator) => new KeepsReplayOutputs(operator) },
  'changelog without its marker': { fault: 'wrong', wrap: (operator) => new WritesNoMarker(operator) },
  'ids not restored': { fault: 'duplicate', wrap: (operator) => new ForgetsIds(operator) },
} as const satisfies Record<string, Sabotage>
export type SabotageName = keyof typeof SABOTAGES

function countDuplicates(): () => void {
  const original = Object.getOwnPropertyDescriptor(DuplicateFilter.prototype, 'isDuplicate')!
  Object.defineProperty(DuplicateFilter.prototype, 'isDuplicate', { ...original, value: () => false })
  return () => Object.defineProperty(DuplicateFilter.prototype, 'isDuplicate', original)
}

/** An operator that forwards to another. */
class Forwarding implements Operator {
  protected readonly inner: Operator

  constructor(inner: Operator) {
    this.inner = inner
  }

  get watermarkMs(): number {
    return this.inner.watermarkMs
  }

  get stateEntries(): number {
    return this.inner.stateEntries
  }

  process(...args: Parameters<Operator['process']>): void {
    this.inner.process(...args)
  }

  get outputs(): OutputBuffer {
    return this.inner.outputs
  }

  takeCounts(): ReturnType<Operator['takeCounts']> {
    return this.inner.takeCounts()
  }

  checkpoint(...args: Parameters<Operator['checkpoint']>): ReturnType<Operator['checkpoint']> {
    return this.inner.checkpoint(...args)
  }

  idle(...args: Parameters<Operator['idle']>): ReturnType<Operator['idle']> {
    return this.inner.idle(...args)
  }

  restore(...args: Parameters<Operator['restore']>): ReturnType<Operator['restore']> {
    return this.inner.restore(...args)
  }

  replayed(...args: Parameters<Operator['replayed']>): void {
    this.inner.replayed(...args)
  }
}

/** Writes what it wrote already: the outputs of a replay are kept instead of discarded. */
export class KeepsReplayOutputs extends Forwarding {
  #kept: Output[] = []

  override replayed(offset: number): void {
    super.replayed(offset)
    this.#kept = [...this.inner.outputs]
  }

  /** Recovery's last step, after it discarded the outputs. */
  override takeCounts(): ReturnType<Operator['takeCounts']> {
    for (const output of this.#kept) this.inner.outputs.add(output)
    this.#kept = []
    return super.takeCounts()
  }
}

/**
 * Saves state without saying at which offset: the marker of each checkpoint but the first is left out. (Without any,
 * recovery reads everything again from the beginning, which is right as long as no idle step is needed for it.) So are
 * the ids: with them what is replayed twice would be known as counted.
 */
export class WritesNoMarker extends Forwarding {
  #hasMarker = false

  override restore(entries: ReadonlyMap<string, string>): ReturnType<Operator['restore']> {
    this.#hasMarker = entries.has('marker')
    return super.restore(entries)
  }

  override checkpoint(offset: number, changelog: RecordBuffer): void {
    const entries = new RecordBuffer()
    super.checkpoint(offset, entries)
    const isLeftOut = ({ key }: Entry): boolean => this.#hasMarker && (key === 'marker' || key.startsWith(IDS_PREFIX))
    for (const entry of entries) if (!isLeftOut(entry)) changelog.add(entry)
    this.#hasMarker = true
  }
}

/** Forgets, at recovery, which transactions were counted. */
export class ForgetsIds extends Forwarding {
  override restore(entries: ReadonlyMap<string, string>): ReturnType<Operator['restore']> {
    return super.restore(new Map([...entries].filter(([key]) => !key.startsWith(IDS_PREFIX))))
  }
}
