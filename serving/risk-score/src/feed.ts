import { setTimeout as sleep } from 'node:timers/promises'
import { type Logger, systemClock } from '@fintech-streams/service'
import { processorTopics, TRANSACTIONS_TOPIC } from '@fintech-streams/contracts'
import { Assignment, type KafkaConnection, ensureTopics, PartitionFeed } from '@fintech-streams/kafka'
import { Admin } from '@platformatic/kafka'
import { type Registry } from 'prom-client'
import { MemoryScores } from './memory-scores.ts'
import { RiskScoreMetrics } from './metrics.ts'
import { PartitionScores } from './partition-scores.ts'
import { type RedisAddress } from './redis-connection.ts'
import { RedisPublisher } from './redis-publisher.ts'
import { type ScoreSource } from './score-source.ts'

/** Consumer group of the feeds that share the partitions; offsets are not kept in it. */
const RISK_SCORE_GROUP = 'fintech-risk-score'
/** How often expiries are looked after where nobody reads, so that no read has to make up for a long time. */
const ADVANCE_EVERY_MS = 50
const RETRY_MS = 1_000
/** How often to look whether the topic has more partitions. */
const LOOK_EVERY_MS = 5_000
/** A score may be a fifth of a second behind; then few large fetches cost the broker less than many small ones. */
const FETCH_BYTES_MIN = 64 << 10

export interface RiskScoreFeedOptions {
  readonly connection: KafkaConnection
  readonly logger: Logger
  readonly registry: Registry
  /**
   * The partitions of `fintech.transactions` to read: all, these, or those that the consumer group gives to this
   * instance, whose name is its own and the same after a restart.
   */
  readonly partitions: 'all' | readonly number[] | { readonly instance: string }
  /** Where to publish the scores; without it they are only in this process's memory. */
  readonly redis?: RedisAddress | undefined
}

export interface RiskScoreFeed {
  /** The scores of this feed's partitions, from memory. */
  readonly scores: ScoreSource
  /** Leaves the group and stops. What was published goes by its time to live, or is another feed's by then. */
  close(): Promise<void>
}

/**
 * Reads transactions of the last minutes into memory, goes on with those that come, and publishes scores where Redis is
 * given. Returns at once and never fails: it begins when Kafka is there, and begins again when it was gone.
 */
export function startRiskScoreFeed(options: RiskScoreFeedOptions): RiskScoreFeed {
  const feed = new Feed(options)
  return {
    scores: new MemoryScores(
      () => feed.partitions,
      () => feed.close(),
    ),
    close: () => feed.close(),
  }
}

class Feed {
  partitions: readonly PartitionScores[] = []
  readonly #options: RiskScoreFeedOptions
  readonly #metrics: RiskScoreMetrics
  readonly #reading: PartitionFeed
  readonly #publisher: RedisPublisher | undefined
  readonly #advancing: NodeJS.Timeout
  readonly #stopping = new AbortController()
  readonly #started: Promise<void>
  #assignment: Assignment | undefined
  #partitionsOfTopic = 0

  constructor(options: RiskScoreFeedOptions) {
    const { connection, logger, registry, redis } = options
    this.#options = options
    this.#metrics = new RiskScoreMetrics(registry, () => this.partitions)
    this.#reading = new PartitionFeed({
      connection,
      name: RISK_SCORE_GROUP,
      topic: TRANSACTIONS_TOPIC,
      bytesMin: FETCH_BYTES_MIN,
      logger,
    })
    if (redis !== undefined) {
      this.#publisher = new RedisPublisher({
        redis,
        logger,
        onPublished: (scores) => this.#metrics.published.inc(scores),
        onFailure: () => this.#metrics.publishFailures.inc(),
      })
    }
    this.#advancing = setInterval(() => {
      for (const { sums } of this.partitions) sums.advance(Date.now())
    }, ADVANCE_EVERY_MS)
    this.#started = this.#start()
  }

  /** Begins as soon as the topic is there, and looks again and again how many partitions it has: a customer may be in any. */
  async #start(): Promise<void> {
    const { connection, logger } = this.#options
    const { signal } = this.#stopping
    let isFailing = false
    while (!signal.aborted) {
      try {
        const found = await partitionsOf(connection, logger)
        if (found > this.#partitionsOfTopic) await this.#grown(found)
        isFailing = false
      } catch (error) {
        if (!isFailing && this.#partitionsOfTopic === 0) {
          logger.warn({ err: error }, 'cannot begin to read transactions, trying again')
        }
        isFailing = true
      }
      const pauseMs = this.#partitionsOfTopic === 0 ? RETRY_MS : LOOK_EVERY_MS
      await sleep(pauseMs, undefined, { signal }).catch(() => undefined)
    }
  }

  async #grown(partitionsOfTopic: number): Promise<void> {
    const { connection, logger, partitions } = this.#options
    this.#partitionsOfTopic = partitionsOfTopic
    if (partitions === 'all') return this.#read(Array.from({ length: partitionsOfTopic }, (_, n) => n))
    if (!('instance' in partitions)) return this.#read(partitions)
    if (this.#assignment !== undefined) return this.#read(this.partitions.map(({ partition }) => partition))
    if (this.#stopping.signal.aborted) return
    this.#assignment = new Assignment({
      connection,
      groupId: RISK_SCORE_GROUP,
      topics: [TRANSACTIONS_TOPIC],
      instanceId: partitions.instance,
      clock: systemClock,
      logger,
      onAssigned: (assigned) => this.#read(assigned.map(({ partition }) => partition)),
    })
    await this.#assignment.join()
  }

  /** Keeps what it has of these, begins with the others, and forgets the rest. */
  #read(wanted: readonly number[]): void {
    const notesChanges = this.#publisher !== undefined
    const count = (outcome: string): void => this.#metrics.records.inc({ outcome })
    this.partitions = wanted.map(
      (partition) =>
        this.partitions.find((scores) => scores.partition === partition) ??
        new PartitionScores({ partition, notesChanges, count }),
    )
    this.#reading.read(this.partitions)
    this.#publisher?.publish(this.partitions, this.#partitionsOfTopic)
    this.#options.logger.info({ partitions: wanted }, 'reading transactions for the risk score')
  }

  async close(): Promise<void> {
    this.#stopping.abort()
    clearInterval(this.#advancing)
    await this.#assignment?.close().catch(() => undefined) // A broker that is gone needs no goodbye.
    await this.#started
    await Promise.all([this.#publisher?.close(), this.#reading.close()])
  }
}

/** How many partitions the topic has; it is made where it is missing, since Connect may come later. */
async function partitionsOf(connection: KafkaConnection, logger: Logger): Promise<number> {
  const admin = new Admin({ ...connection, retries: 0 })
  try {
    if (!(await admin.listTopics()).includes(TRANSACTIONS_TOPIC)) {
      const specs = processorTopics([]).filter(({ name }) => name === TRANSACTIONS_TOPIC)
      await ensureTopics(connection, specs, logger)
    }
    const metadata = await admin.metadata({ topics: [TRANSACTIONS_TOPIC] })
    return metadata.topics.get(TRANSACTIONS_TOPIC)?.partitionsCount ?? 0
  } finally {
    await admin.close()
  }
}
