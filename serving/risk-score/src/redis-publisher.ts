import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Logger } from '@fintech-streams/service'
import { type PartitionScores } from './partition-scores.ts'
import { AS_OF_KEY, ownerKey, PARTITIONS_FIELD, scoreKey } from './redis-keys.ts'
import { type RedisAddress, type RedisConnection, redisConnection } from './redis-connection.ts'
import { formatScore } from './redis-scores.ts'
import { type ChangedSum } from './rolling-sums.ts'

/** Upper bound of the time from a change or an expiry to the write of its score, as long as Redis keeps up. */
const PUBLISH_EVERY_MS = 50
const SCORES_A_SCRIPT = 500
/** Scripts of one partition that are under way at once. */
const SCRIPTS_AT_ONCE = 4
/** A publisher that has written nothing for this long may be replaced by another reader of its partition. */
const LEASE_MS = 2_000

/** Writes scores, and with the last ones the time as of which they are: 1, or 0 when the partition is another's. */
const WRITE = `
if redis.call('get', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('pexpire', KEYS[1], ${LEASE_MS})
for n = 3, #KEYS do redis.call('set', KEYS[n], ARGV[2 * n - 1], 'pxat', ARGV[2 * n]) end
if ARGV[2] ~= '' then redis.call('hset', KEYS[2], ARGV[3], ARGV[2], '${PARTITIONS_FIELD}', ARGV[4]) end
return 1`

/** A partition, and how its scores are published. */
interface Publication {
  readonly scores: PartitionScores
  /** The name in the partition's lease while it is this publisher's; nobody else ever has the same. */
  owner: string | undefined
  /** Whether the lease was lost, and is to be taken again only when nobody holds it. */
  standsBy: boolean
  /** Whether Redis may not hold what it was sent, or somebody else has written since. */
  hasGap: boolean
}

/** The partition is another publisher's now, or Redis has forgotten whose. */
class Refused extends Error {}

export interface PublisherOptions {
  readonly redis: RedisAddress
  readonly logger: Logger
  /** Called with the number of scores that Redis has taken. */
  readonly onPublished: (scores: number) => void
  readonly onFailure: () => void
}

/**
 * Writes the scores of a feed's partitions to Redis: each that changed, by a transaction or by one that expired, as soon
 * as a partition has caught up with the log. One publisher at a time writes a partition, the last one that took it; an
 * earlier one is refused, and stands by until nobody writes it. A score's time to live ends with the last event in it, so
 * an absent score is zero, and a score of a dead publisher expires within the window unless its successor has written it
 * again.
 */
export class RedisPublisher {
  readonly #options: PublisherOptions
  readonly #client: RedisConnection
  #publications: readonly Publication[] = []
  #partitionsOfTopic = 0
  readonly #stopping = new AbortController()
  readonly #running: Promise<void>

  constructor(options: PublisherOptions) {
    this.#options = options
    this.#client = redisConnection(options.redis, options.logger)
    this.#client.connect().catch(() => undefined)
    this.#running = this.#run()
  }

  /** Publishes these from now on, out of so many that there are. */
  publish(partitions: readonly PartitionScores[], ofPartitions: number): void {
    this.#partitionsOfTopic = ofPartitions
    this.#publications = partitions.map(
      (scores) =>
        this.#publications.find((publication) => publication.scores === scores) ?? {
          scores,
          owner: undefined,
          standsBy: false,
          hasGap: false,
        },
    )
  }

  async close(): Promise<void> {
    this.#stopping.abort()
    await this.#running
    this.#client.destroy()
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping
    while (!signal.aborted) {
      if (this.#client.isReady) await Promise.all(this.#publications.map((publication) => this.#try(publication)))
      await sleep(PUBLISH_EVERY_MS, undefined, { signal }).catch(() => undefined)
    }
  }

  async #try(publication: Publication): Promise<void> {
    const { asOfMs, partition } = publication.scores
    if (asOfMs === undefined) return
    try {
      publication.owner ??= await this.#take(publication)
      if (publication.owner === undefined) return
      if (publication.hasGap) publication.scores.sums.changeAll()
      publication.hasGap = false
      await this.#publish(publication.scores, publication.owner, asOfMs)
    } catch (error) {
      publication.hasGap = true
      if (error instanceof Refused) {
        publication.owner = undefined
        publication.standsBy = true
        this.#options.logger.warn({ partition }, 'lost the lease of a partition, standing by until nobody holds it')
      } else {
        this.#options.onFailure()
        this.#options.logger.debug({ err: error, partition }, 'Redis did not take scores')
      }
    }
  }

  /** Takes a partition from whoever has it; one that was lost, only if nobody has it. */
  async #take({ scores: { partition }, standsBy }: Publication): Promise<string | undefined> {
    const owner = randomUUID()
    const expiration = { type: 'PX', value: LEASE_MS } as const
    const condition = standsBy ? ({ condition: 'NX' } as const) : {}
    if ((await this.#client.set(ownerKey(partition), owner, { expiration, ...condition })) === null) return undefined
    this.#options.logger.info({ partition }, 'publishing the scores of a partition')
    return owner
  }

  /** Writes all that has changed. The time goes last, when Redis has taken everything else. */
  async #publish({ sums, partition }: PartitionScores, owner: string, asOfMs: number): Promise<void> {
    sums.advance(Date.now())
    for (;;) {
      const batches: ChangedSum[][] = []
      while (batches.length < SCRIPTS_AT_ONCE) {
        const batch = sums.takeChanges(SCORES_A_SCRIPT)
        if (batch.length > 0) batches.push(batch)
        if (batch.length < SCORES_A_SCRIPT) break
      }
      await Promise.all(batches.map((batch) => this.#write(partition, owner, batch)))
      if (batches.length < SCRIPTS_AT_ONCE) break
    }
    await this.#write(partition, owner, [], asOfMs)
  }

  async #write(partition: number, owner: string, batch: readonly ChangedSum[], asOfMs?: number): Promise<void> {
    const written = await this.#client.eval(WRITE, {
      keys: [ownerKey(partition), AS_OF_KEY, ...batch.map(({ customerId }) => scoreKey(customerId))],
      arguments: [
        owner,
        asOfMs === undefined ? '' : String(asOfMs),
        String(partition),
        String(this.#partitionsOfTopic),
        ...batch.flatMap((change) => [formatScore(change), String(change.countsUntilMs)]),
      ],
    })
    if (written === 0) throw new Refused()
    this.#options.onPublished(batch.length)
  }
}
