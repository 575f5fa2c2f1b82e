import { type Logger, OperatingError } from '@fintech-streams/service'
import { partitionName, type TopicPosition } from '@fintech-streams/records'
import { type ConsumerStatus } from './consumer-status.ts'
import { type MoveReason, type Start, startOf } from './start-position.ts'
import { type FetchedRecords, type TopicInfo, type TopicLog, type TopicPartition } from './topic-log.ts'

/** How often to look for topics and partitions that were not there yet. */
const LOOK_EVERY_MS = 2_000

/** `restart`: what is read again is written again, and that changes nothing. `refuse`: the consumer ends and says so. */
export type OnRecreatedTopic = 'restart' | 'refuse'

export interface SubscriptionOptions {
  readonly log: TopicLog
  readonly topics: readonly string[]
  /** How far the partitions were read, when it was last written down. */
  readonly stored: readonly TopicPosition[]
  readonly onRecreatedTopic: OnRecreatedTopic
  readonly status: ConsumerStatus
  readonly logger: Logger
}

/** Records of a partition, in order, with where they lead. */
export interface ReadRecords extends FetchedRecords {
  /** How far the partition is read with them. */
  readonly position: TopicPosition
  /** Whether it was read less far before. */
  readonly isMoved: boolean
  /** When they were asked for, ms since the epoch. */
  readonly askedMs: number
}

/**
 * Reads topics on from stored positions, outside any consumer group. Topics and partitions that appear are taken in. One
 * that was created again, or that lost its end, is read again from where it differs, or refused; an offset of one
 * topic is never used in another.
 */
export class Subscription {
  readonly #options: SubscriptionOptions
  readonly #stored: ReadonlyMap<string, TopicPosition>
  /** In the order of the next fetch. */
  #positions: TopicPosition[] = []
  readonly #left = new Map<string, number>()
  #lookedMs = -Infinity

  constructor(options: SubscriptionOptions) {
    this.#options = options
    this.#stored = new Map(options.stored.map((position) => [partitionName(position), position]))
  }

  get positions(): readonly TopicPosition[] {
    return this.#positions
  }

  /** Whether everything that was there at the last fetch has been read. */
  get isCaughtUp(): boolean {
    return this.#positions.every((position) => this.#left.get(partitionName(position)) === 0)
  }

  /**
   * Looks for topics and partitions.
   * @throws when a topic was deleted or recreated: the caller writes what it has of it, and subscribes again.
   * @throws OperatingError `topic_recreated` or `log_truncated` where that is to be refused.
   */
  async look(): Promise<void> {
    const { log, topics, status } = this.#options
    const found = await log.topics(topics)
    for (const topic of topics) if (!found.has(topic)) status.progress.forget(topic)
    for (const { topic, topicId } of this.#positions) {
      const id = found.get(topic)?.id
      if (id === topicId) continue
      throw new Error(`${topic} was deleted while it was read${id === undefined ? '' : ', and created again'}`)
    }
    this.#positions.push(...(await this.#begin(newPartitions(found, this.#positions))))
    this.#lookedMs = performance.now()
  }

  async #begin(found: readonly Omit<TopicPosition, 'offset' | 'leaderEpoch'>[]): Promise<TopicPosition[]> {
    if (found.length === 0) return []
    const { log, status } = this.#options
    const bounds = await log.bounds(found)
    const stored = found.map((one) => this.#stored.get(partitionName(one)))
    const known = stored.filter(
      (one, at): one is TopicPosition => one?.topicId === found[at]?.topicId && one?.leaderEpoch !== null,
    )
    const ends = await log.epochEnds(known)
    const epochEnds = new Map(known.map((one, at) => [partitionName(one), ends[at]]))
    return found.map((one, at) => {
      const { first, end } = bounds[at] ?? { first: 0, end: 0 }
      const start = startOf(one, stored[at], { first, end }, epochEnds.get(partitionName(one)))
      if (start.reason !== undefined) this.#report(start, start.reason, stored[at])
      status.progress.written(one, start.position.offset)
      status.progress.ends(one, end)
      this.#left.set(partitionName(one), Math.max(0, end - start.position.offset))
      return start.position
    })
  }

  #report({ position }: Start, reason: MoveReason, stored: TopicPosition | undefined): void {
    const { status, logger, onRecreatedTopic } = this.#options
    if (reason !== 'expired' && onRecreatedTopic === 'refuse') throw refusal(position, reason)
    status.moved(position, reason)
    logger.error({ ...position, from: stored?.offset, reason }, MESSAGES[reason])
  }

  /**
   * Reads on; waits at most `waitMs` when there is nothing to read. What it returns counts as read.
   * @throws like {@link look}.
   */
  async read(waitMs: number): Promise<ReadRecords[]> {
    if (performance.now() - this.#lookedMs >= LOOK_EVERY_MS) await this.look()
    const askedMs = Date.now()
    if (this.#positions.length === 0) {
      await new Promise((resolve) => setTimeout(resolve, waitMs))
      return []
    }
    const fetched = await this.#options.log.fetch(this.#positions, waitMs)
    return this.#advance(fetched, askedMs)
  }

  #advance(fetched: readonly FetchedRecords[], askedMs: number): ReadRecords[] {
    const byName = new Map(this.#positions.map((position) => [partitionName(position), position]))
    const read = fetched.flatMap((part) => {
      const before = byName.get(partitionName(part))
      if (before === undefined) return []
      this.#options.status.progress.ends(part, part.endOffset)
      this.#left.set(partitionName(part), Math.max(0, part.endOffset - part.nextOffset))
      const leaderEpoch = part.leaderEpoch < 0 ? before.leaderEpoch : part.leaderEpoch
      const position = { ...before, offset: part.nextOffset, leaderEpoch }
      return [{ ...part, position, isMoved: part.nextOffset !== before.offset, askedMs }]
    })
    // A fetch is filled in the order of its partitions: those that had their share go to the end.
    const moved = new Map(
      read.filter(({ isMoved }) => isMoved).map(({ position }) => [partitionName(position), position]),
    )
    this.#positions = [...this.#positions.filter((position) => !moved.has(partitionName(position))), ...moved.values()]
    return read
  }
}

/** The partitions that are there and not read yet. */
function newPartitions(
  found: ReadonlyMap<string, TopicInfo>,
  read: readonly TopicPartition[],
): Omit<TopicPosition, 'offset' | 'leaderEpoch'>[] {
  const known = new Set(read.map(partitionName))
  return [...found].flatMap(([topic, { id: topicId, partitions }]) =>
    Array.from({ length: partitions }, (_, partition) => ({ topic, partition, topicId })).filter(
      (one) => !known.has(partitionName(one)),
    ),
  )
}

const MESSAGES: Readonly<Record<MoveReason, string>> = {
  recreated: 'the topic was deleted and created again: reading it from its start',
  cut_short: 'the log lost its end, with records that were read: reading on from there',
  expired: 'retention has removed records before they were read: reading on from the first that is there',
}

function refusal(position: TopicPosition, reason: 'recreated' | 'cut_short'): OperatingError {
  const name = partitionName(position)
  return reason === 'recreated'
    ? new OperatingError(
        'topic_recreated',
        `${name} is not the topic that was read: it was deleted and created again: remove the stored offsets to read it from its start`,
      )
    : new OperatingError(
        'log_truncated',
        `${name} has lost records that were read, back to offset ${position.offset}: restore the log, or remove the stored offsets to read it from its start`,
      )
}
