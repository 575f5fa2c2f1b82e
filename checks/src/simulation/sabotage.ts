import { DEAD_LETTER_TOPIC, DEAD_LETTER_VALUE_BYTES_MAX, type Transaction } from '@fintech-streams/contracts'
import { DuplicateFilter, IDS_PREFIX, MergeOperator, type Operator, SourceOperator } from '@fintech-streams/engine'
import { transactionStream } from '@fintech-streams/jobs'
import { Slots } from '@fintech-streams/processor'
import {
  type Output,
  type OutputBuffer,
  RecordBuffer,
  type SourceRecord,
  type WrittenRecord,
} from '@fintech-streams/records'
import { type Clock } from '@fintech-streams/service'
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
  /** Reads transactions wrongly. */
  readonly stream?: () => Stream
  /** Replaces a task's clock. */
  readonly clock?: (clock: Clock) => Clock
  /** Breaks something for everything that runs until the function that it returns is called. */
  readonly install?: () => () => void
}

type Stream = ReturnType<typeof transactionStream>

/** Guards that a real broker has a part in, by the name of their absence: they are taken away there, too. */
export const BROKER_SABOTAGES = {
  'offsets outside the transaction': { fault: 'duplicate', broken: { offsetsOutsideTransaction: true } },
  'no fencing': { fault: 'duplicate', broken: { noFencing: true } },
  'no dedupe': { fault: 'duplicate', install: countDuplicates },
  'outputs not discarded in replay': { fault: 'duplicate', wrap: (operator) => new KeepsReplayOutputs(operator) },
  'changelog without its marker': { fault: 'wrong', wrap: (operator) => new WritesNoMarker(operator) },
  'ids not restored': { fault: 'duplicate', wrap: (operator) => new ForgetsIds(operator) },
} as const satisfies Record<string, Sabotage>

/** Every guard, by the name of its absence. */
export const SABOTAGES = {
  ...BROKER_SABOTAGES,
  'checksums not compared': { fault: 'missing', broken: { noChecksums: true } },
  'a log cut short unnoticed': { fault: 'missing', broken: { cutsUnnoticed: true } },
  'forgotten offsets unnoticed': { fault: 'duplicate', broken: { forgottenOffsetsUnnoticed: true } },
  'a standby not read on': { fault: 'wrong', broken: { standbysNotReadOn: true } },
  'a partition given back forgotten': { fault: 'missing', install: startNothingAgain },
  'watermarks by the sender’s clock': { fault: 'wrong', stream: () => decodedAs(withoutCommitTime) },
  'moved rows counted': { fault: 'duplicate', stream: withoutHeaders },
  'windows closed by one source': { fault: 'wrong', wrap: (operator) => new ClosesByAnySource(operator) },
  'intervals by the wall clock': {
    fault: 'missing',
    clock: (clock) => ({ ...clock, monotonicMs: () => clock.nowMs() }),
  },
  'a malformed record stops its task': { fault: 'missing', wrap: (operator) => new StopsAtMalformed(operator) },
  'dead letters of any size': { fault: 'wrong', wrap: (operator) => new WritesWholeLetters(operator) },
} as const satisfies Record<string, Sabotage>
export type SabotageName = keyof typeof SABOTAGES

function countDuplicates(): () => void {
  const original = Object.getOwnPropertyDescriptor(DuplicateFilter.prototype, 'isDuplicate')!
  Object.defineProperty(DuplicateFilter.prototype, 'isDuplicate', { ...original, value: () => false })
  return () => Object.defineProperty(DuplicateFilter.prototype, 'isDuplicate', original)
}

/** A partition that comes back while its former task ends is left alone for ever. */
function startNothingAgain(): () => void {
  const original = Object.getOwnPropertyDescriptor(Slots.prototype, 'ended')!
  Object.defineProperty(Slots.prototype, 'ended', { ...original, value: () => undefined })
  return () => Object.defineProperty(Slots.prototype, 'ended', original)
}

function decodedAs(change: (event: Transaction) => Transaction): Stream {
  const stream = transactionStream()
  return {
    ...stream,
    decode: (record) => {
      const event = stream.decode(record)
      return typeof event === 'string' ? event : change(event)
    },
  }
}

const withoutCommitTime = (event: Transaction): Transaction => ({ ...event, changedAtMs: event.eventTimeMs })

/** A customer's merge then looks like another transaction. */
function withoutHeaders(): Stream {
  const stream = transactionStream()
  const plain = ({ offset, timestampMs, key, value }: SourceRecord): SourceRecord => ({
    offset,
    timestampMs,
    key,
    value,
  })
  return { ...stream, decode: (record) => stream.decode(plain(record)) }
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

  restored(): ReturnType<Operator['restored']> {
    return this.inner.restored()
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

  override restore(key: string, value: Buffer | null): void {
    if (key === 'marker') this.#hasMarker = true
    super.restore(key, value)
  }

  override checkpoint(offset: number, changelog: RecordBuffer): void {
    const entries = new RecordBuffer()
    super.checkpoint(offset, entries)
    const isLeftOut = ({ key }: WrittenRecord): boolean =>
      this.#hasMarker && (key === 'marker' || key.startsWith(IDS_PREFIX))
    for (const entry of entries) if (!isLeftOut(entry)) changelog.add(entry)
    this.#hasMarker = true
  }
}

/** Forgets, at recovery, which transactions were counted. */
export class ForgetsIds extends Forwarding {
  override restore(key: string, value: Buffer | null): void {
    if (!key.startsWith(IDS_PREFIX)) super.restore(key, value)
  }
}

const BRACE = 123

/** Takes what one source of stage 2 has passed as passed by all. */
class ClosesByAnySource extends Forwarding {
  override process(record: SourceRecord): void {
    super.process(record)
    if (!(this.inner instanceof MergeOperator)) return
    // A share is binary.
    if (record.value?.[0] !== BRACE) return
    const said = JSON.parse(String(record.value)) as { type?: string; source?: number }
    if (said.type !== 'watermark') return
    const value = Buffer.from(JSON.stringify({ ...said, source: 1 - Number(said.source) }))
    super.process({ ...record, value })
  }
}

/** Stops at what it cannot read, and again after every recovery. */
class StopsAtMalformed extends Forwarding {
  readonly #decode = transactionStream().decode

  override process(record: SourceRecord): void {
    if (this.inner instanceof SourceOperator) {
      try {
        this.#decode(record)
      } catch (error) {
        throw new Error('a record cannot be read', { cause: error })
      }
    }
    super.process(record)
  }
}

/** Writes a dead letter with all that the record holds, however much that is. */
class WritesWholeLetters extends Forwarding {
  override process(record: SourceRecord): void {
    super.process(record)
    const { value, offset } = record
    if (value === null || value.length <= DEAD_LETTER_VALUE_BYTES_MAX) return
    const { outputs } = this.inner
    const written = [...outputs]
    outputs.clear()
    for (const output of written) {
      const isIts = output.topic === DEAD_LETTER_TOPIC && output.key.endsWith(`/${offset}`)
      outputs.add(isIts ? { ...output, value: withWhole(value, String(output.value)) } : output)
    }
  }
}

const withWhole = (value: Buffer, letter: string): string =>
  JSON.stringify({ ...(JSON.parse(letter) as object), value_base64: value.toString('base64') })
