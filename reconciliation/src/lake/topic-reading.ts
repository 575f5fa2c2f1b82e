import { setTimeout as sleep } from 'node:timers/promises'
import { type Logger } from '@fintech-streams/service'
import { type FetchedRecords, OffsetGone, type ResultLog, type TopicInfo } from '@fintech-streams/kafka'
import { type LakePosition } from './manifest.ts'

/** How often to look for topics and partitions that were not there yet. */
const TOPICS_EVERY_MS = 2_000

export interface TopicReadingOptions {
  readonly log: ResultLog
  readonly topics: readonly string[]
  readonly stored: readonly LakePosition[]
  readonly logger: Logger
  readonly onLag: (topic: string, records: number) => void
  readonly onReset: (topic: string) => void
}

export interface FetchedPart extends FetchedRecords {
  /** Where the partition was before these records. */
  readonly from: LakePosition
}

/** Reads topics on from stored positions, outside any consumer group: the positions are the reader's own to keep. */
export class TopicReading {
  readonly #options: TopicReadingOptions
  /** In the order of the next fetch. */
  #positions: LakePosition[] = []
  readonly #lag = new Map<string, number>()
  #lookedMs = -Infinity

  constructor(options: TopicReadingOptions) {
    this.#options = options
  }

  /** Whether everything that was there at the last fetch has been read. */
  get isCaughtUp(): boolean {
    return [...this.#lag.values()].every((records) => records === 0)
  }

  /** Reads on; waits at most `waitMs` when there is nothing to read. What it returns counts as read. */
  async next(waitMs: number): Promise<FetchedPart[]> {
    if (performance.now() - this.#lookedMs >= TOPICS_EVERY_MS) await this.#lookForTopics()
    if (this.#positions.length === 0) {
      await sleep(waitMs)
      return []
    }
    try {
      return this.#advance(await this.#options.log.fetch(this.#positions, waitMs))
    } catch (error) {
      if (!(error instanceof OffsetGone)) throw error
      await this.#moveInside()
      return []
    }
  }

  /** Notes what the records of a part have moved on, beside the offset. */
  moved(position: LakePosition): void {
    const at = this.#positions.findIndex((candidate) => keyOf(candidate) === keyOf(position))
    if (at >= 0) this.#positions[at] = position
  }

  async #lookForTopics(): Promise<void> {
    const found = await this.#options.log.topics(this.#options.topics)
    const known = new Set(this.#positions.map(keyOf))
    for (const [topic, info] of found) {
      for (let partition = 0; partition < info.partitions; partition += 1) {
        if (!known.has(keyOf({ topic, partition }))) this.#positions.push(this.#startOf(topic, partition, info))
      }
    }
    this.#lookedMs = performance.now()
  }

  #startOf(topic: string, partition: number, { id }: TopicInfo): LakePosition {
    const { stored, logger } = this.#options
    const found = stored.find((position) => position.topic === topic && position.partition === partition)
    if (found?.topicId === id) return found
    if (found !== undefined) logger.warn({ topic }, 'the topic was made anew: reading it from its start')
    return { topic, partition, topicId: id, offset: 0, maxEventTimeMs: found?.maxEventTimeMs ?? null }
  }

  #advance(fetched: readonly FetchedRecords[]): FetchedPart[] {
    const parts: FetchedPart[] = []
    const moved = new Map<string, LakePosition>()
    for (const part of fetched) {
      const key = keyOf(part)
      const from = this.#positions.find((candidate) => keyOf(candidate) === key)
      if (from === undefined) continue
      this.#lag.set(key, Math.max(0, part.endOffset - part.nextOffset))
      if (part.nextOffset === from.offset) continue
      moved.set(key, { ...from, offset: part.nextOffset })
      parts.push({ ...part, from })
    }
    // A fetch is filled in the order of its partitions: those that had their share go to the end.
    this.#positions = [...this.#positions.filter((position) => !moved.has(keyOf(position))), ...moved.values()]
    this.#reportLag()
    return parts
  }

  #reportLag(): void {
    const byTopic = new Map<string, number>()
    for (const position of this.#positions) {
      byTopic.set(position.topic, (byTopic.get(position.topic) ?? 0) + (this.#lag.get(keyOf(position)) ?? 0))
    }
    for (const [topic, records] of byTopic) this.#options.onLag(topic, records)
  }

  /** Offsets outside of their partition go to its beginning; the nightly batch drops what is then there twice. */
  async #moveInside(): Promise<void> {
    const { log, logger, onReset } = this.#options
    this.#positions = await Promise.all(
      this.#positions.map(async (position) => {
        const { first, end } = await log.bounds(position.topic, position.partition)
        if (position.offset >= first && position.offset <= end) return position
        onReset(position.topic)
        logger.error({ ...position, first, end }, 'the offset is gone: reading on from the first one that is there')
        return { ...position, offset: first }
      }),
    )
  }
}

function keyOf({ topic, partition }: { topic: string; partition: number }): string {
  return `${topic}/${partition}`
}
