import { PARTITIONS } from '@fintech-streams/contracts'
import { PartitionReader } from '@fintech-streams/kafka'
import { kafkaOf, type Stack } from '@fintech-streams/local'

const FETCH_WAIT_MS = 200

/** A record as a reader of committed data got it, and when. */
export interface Followed {
  readonly key: Buffer
  readonly value: Buffer
  /** Wall time at which the answer that holds it had arrived, in ms with fractions. */
  readonly seenMs: number
}

/** Wall time with fractions of a millisecond. */
export const preciseNow = (): number => performance.timeOrigin + performance.now()

/** Reads a topic's committed records as they become visible, from where it ends when the following begins. */
export class TopicFollower {
  readonly #reader: PartitionReader
  readonly #topic: string
  readonly #onRecord: (record: Followed) => void
  #following: Promise<void> = Promise.resolve()
  #stopped = false

  constructor(stack: Stack, topic: string, onRecord: (record: Followed) => void) {
    this.#reader = new PartitionReader(kafkaOf(stack, 'bench-follower'), 'bench-follower', [topic])
    this.#topic = topic
    this.#onRecord = onRecord
  }

  /** Resolves once every record that is written from now on will be seen. */
  async start(): Promise<void> {
    const offsets: number[] = []
    for (let partition = 0; partition < PARTITIONS; partition += 1) {
      offsets.push(await this.#reader.endOffset(this.#topic, partition))
    }
    this.#following = this.#follow(offsets)
  }

  async #follow(offsets: number[]): Promise<void> {
    while (!this.#stopped) {
      const positions = offsets.map((offset, partition) => ({ topic: this.#topic, partition, offset }))
      const parts = await this.#reader.fetch(positions, FETCH_WAIT_MS)
      const seenMs = preciseNow()
      for (const { partition, records, nextOffset } of parts) {
        offsets[partition] = nextOffset
        for (const { key, value } of records) {
          if (key !== null && value !== null) this.#onRecord({ key, value, seenMs })
        }
      }
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await this.#following
    await this.#reader.close()
  }
}
