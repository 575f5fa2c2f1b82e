import { type Entry, RecordBuffer, type WrittenRecord } from './record-buffer.ts'

/** One record of a topic. */
export interface Output<V extends string | Buffer = string | Buffer> extends Entry {
  readonly topic: string
  readonly partition: number
  readonly value: V
}

/** A record of a topic that waits to be written. */
export interface WrittenOutput extends WrittenRecord {
  readonly topic: string
  readonly partition: number
  readonly value: Buffer
}

/** The records of one partition of a topic. */
export interface PartitionRecords {
  readonly topic: string
  readonly partition: number
  readonly records: RecordBuffer
}

/** What an operator wrote since its last commit, by topic and partition, in order within each. */
export class OutputBuffer implements Iterable<WrittenOutput> {
  readonly #byTopic = new Map<string, PartitionRecords[]>()

  /** Where the records of a partition go. */
  to(topic: string, partition: number): RecordBuffer {
    let partitions = this.#byTopic.get(topic)
    if (partitions === undefined) {
      partitions = []
      this.#byTopic.set(topic, partitions)
    }
    for (const known of partitions) if (known.partition === partition) return known.records
    const records = new RecordBuffer()
    partitions.push({ topic, partition, records })
    return records
  }

  add({ topic, partition, key, value }: Output): void {
    this.to(topic, partition).add({ key, value })
  }

  get isEmpty(): boolean {
    return this.partitions().length === 0
  }

  /** The partitions that have records. */
  partitions(): PartitionRecords[] {
    return [...this.#byTopic.values()].flat().filter(({ records }) => records.count > 0)
  }

  *[Symbol.iterator](): Generator<WrittenOutput> {
    for (const { topic, partition, records } of this.partitions()) {
      for (const { key, value } of records) yield { topic, partition, key, value: value ?? NOTHING }
    }
  }

  clear(): void {
    for (const { records } of this.partitions()) records.clear()
  }
}

const NOTHING = Buffer.alloc(0)
