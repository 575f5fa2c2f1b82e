import { type Operator, type Output } from '@fintech-streams/processor/engine/operator.ts'

/** Operators that do one thing wrong, each a guard taken away: the checks must notice. */

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

  takeOutputs(): Output[] {
    return this.inner.takeOutputs()
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

  relearn(...args: Parameters<Operator['relearn']>): void {
    this.inner.relearn(...args)
  }

  replayed(...args: Parameters<Operator['replayed']>): void {
    this.inner.replayed(...args)
  }
}

/** Writes what it wrote already: the outputs of a replay are kept instead of discarded. */
export class KeepsReplayOutputs extends Forwarding {
  #recovering = true
  #kept: Output[] = []

  override replayed(offset: number): void {
    super.replayed(offset)
    this.#kept = this.inner.takeOutputs()
    this.#recovering = false
  }

  override takeOutputs(): Output[] {
    // The first take is the one by which recovery discards.
    if (this.#recovering || this.#kept.length === 0) return super.takeOutputs()
    if (!this.#discardSeen) {
      this.#discardSeen = true
      return []
    }
    const outputs = [...this.#kept, ...super.takeOutputs()]
    this.#kept = []
    return outputs
  }

  #discardSeen = false
}

/** Saves state without saying at which offset: the marker of each checkpoint is left out. */
export class WritesNoMarker extends Forwarding {
  override checkpoint(offset: number): ReturnType<Operator['checkpoint']> {
    return super.checkpoint(offset).filter(({ key }) => key !== 'marker')
  }
}

/** Forgets, at recovery, the ids that the changelog does not hold. */
export class NeverRelearns extends Forwarding {
  override relearn(): void {
    // Nothing is learned again.
  }
}
