import { partitionName } from '@fintech-streams/records'
import { type TopicPartition } from './topic-log.ts'

/** How far what a partition holds has been written. */
export interface PartitionProgress extends TopicPartition {
  /** Everything before it is written. */
  offset: number
  /** Where the log ends. */
  end: number
  /** When something of it was written, or nothing was left to write. Monotonic, ms. */
  sinceMs: number
}

export const lagOf = ({ offset, end }: PartitionProgress): number => Math.max(0, end - offset)

/**
 * How far a consumer is behind its log's end, and since when, whatever happens to the consumer: it counts what is written,
 * not what was read, and outlives every error.
 */
export class Progress {
  readonly #partitions = new Map<string, PartitionProgress>()
  readonly #clock: () => number
  #lookedMs = -Infinity

  /** @param clock monotonic, ms. */
  constructor(clock: () => number = () => performance.now()) {
    this.#clock = clock
  }

  get partitions(): readonly PartitionProgress[] {
    return [...this.#partitions.values()]
  }

  /** How long nobody has looked where the log ends, ms. */
  get unseenMs(): number {
    return this.#clock() - this.#lookedMs
  }

  /** Everything before the offset is written. */
  written(at: TopicPartition, offset: number): void {
    const known = this.#partitions.get(partitionName(at))
    if (known?.offset === offset) return
    const { topic, partition } = at
    this.#partitions.set(partitionName(at), {
      topic,
      partition,
      offset,
      end: Math.max(offset, known?.end ?? 0),
      sinceMs: this.#clock(),
    })
  }

  /** The log ends there now. */
  ends(at: TopicPartition, end: number): void {
    this.#lookedMs = this.#clock()
    const known = this.#partitions.get(partitionName(at))
    if (known === undefined) return
    known.end = end
    if (lagOf(known) === 0) known.sinceMs = this.#lookedMs
  }

  /** The topic is not there any more. */
  forget(topic: string): void {
    for (const [name, known] of this.#partitions) if (known.topic === topic) this.#partitions.delete(name)
  }

  /** How long ago a partition's progress was, ms. */
  ageMs({ sinceMs }: PartitionProgress): number {
    return this.#clock() - sinceMs
  }

  /** Of the partitions with unread records and no progress for at least `afterMs`, the one without it for longest. */
  stuck(afterMs: number): PartitionProgress | undefined {
    const [oldest] = this.partitions
      .filter((one) => lagOf(one) > 0 && this.ageMs(one) >= afterMs)
      .sort((a, b) => a.sinceMs - b.sinceMs)
    return oldest
  }
}
