import { type Logger } from '@fintech-streams/service'
import { analyticsTopic, PARTITIONS } from '@fintech-streams/contracts'
import { type KafkaConnection, type FedPartition, PartitionFeed } from '@fintech-streams/kafka'
import {
  type Alert,
  anomalyFinding,
  type AnomalyResult,
  type Finding,
  fraudFinding,
  type FraudResult,
} from './alert.ts'
import { type Explainer } from './evidence.ts'

/** How far back a listener's first alerts go: more than the sink needs to bring one into the table. */
const RECENT_MS = 15_000
/** Alerts that are kept for listeners that come back. */
const KEPT_MAX = 1_000
/** How long the topics are still read without a listener, so that a page that is opened again continues at once. */
const LINGER_MS = 30_000

interface Source {
  /** Tells the topics apart in ids. */
  readonly letter: string
  readonly topic: string
  readonly findingOf: (value: Buffer) => Finding | undefined
}

const SOURCES: readonly Source[] = [
  { letter: 'f', topic: analyticsTopic('fraud_detection'), findingOf: fraudIn },
  { letter: 'a', topic: analyticsTopic('anomaly_detection'), findingOf: anomalyIn },
]

/** An alert with its place in the log, which is the same in every instance of the API. */
export interface LiveAlert {
  readonly id: string
  readonly alert: Alert
}

export type Listener = (live: LiveAlert) => void

/** Where a listener comes in: what it gets at once, and whether it may have missed something before that. */
export interface Joined {
  readonly backlog: readonly LiveAlert[]
  readonly mayHaveMissed: boolean
  readonly leave: () => void
}

/** Alerts as the processor commits them, read from the result topics while somebody listens: once for all listeners. */
export class LiveAlerts {
  readonly #options: { connection: KafkaConnection; explainer: Explainer; logger: Logger }
  readonly #listeners = new Set<Listener>()
  #kept: LiveAlert[] = []
  #feeds: readonly PartitionFeed[] = []
  #lingering: NodeJS.Timeout | undefined

  constructor(options: { connection: KafkaConnection; explainer: Explainer; logger: Logger }) {
    this.#options = options
  }

  get listeners(): number {
    return this.#listeners.size
  }

  /** @param lastId the id of the last alert that this listener had, if it had any. */
  join(listener: Listener, lastId: string | undefined): Joined {
    clearTimeout(this.#lingering)
    if (this.#feeds.length === 0) this.#start()
    this.#listeners.add(listener)
    const had = lastId === undefined ? -1 : this.#kept.findIndex(({ id }) => id === lastId)
    return {
      backlog: this.#kept.slice(had + 1),
      mayHaveMissed: lastId !== undefined && had < 0,
      leave: () => this.#leave(listener),
    }
  }

  async close(): Promise<void> {
    clearTimeout(this.#lingering)
    this.#listeners.clear()
    await this.#stop()
  }

  #leave(listener: Listener): void {
    this.#listeners.delete(listener)
    if (this.#listeners.size > 0) return
    clearTimeout(this.#lingering)
    this.#lingering = setTimeout(() => void this.#stop(), LINGER_MS).unref()
  }

  #start(): void {
    const { connection, logger } = this.#options
    this.#feeds = SOURCES.map((source) => {
      const { topic } = source
      const feed = new PartitionFeed({ connection, name: 'fintech-live-alerts', topic, logger })
      feed.read(Array.from({ length: PARTITIONS }, (_, n) => this.#partition(source, n)))
      return feed
    })
  }

  async #stop(): Promise<void> {
    const feeds = this.#feeds
    this.#feeds = []
    this.#kept = []
    await Promise.all(feeds.map((feed) => feed.close()))
  }

  #partition({ letter, topic, findingOf }: Source, partition: number): FedPartition {
    return {
      partition,
      startOffset: async (reader) =>
        (await reader.offsetSince(topic, partition, Date.now() - RECENT_MS)) ??
        (await reader.endOffset(topic, partition)),
      apply: async (records) => {
        for (const { offset, value } of records) {
          const finding = value === null ? undefined : this.#finding(findingOf, value)
          if (finding !== undefined) this.#publish(`${letter}${partition}-${offset}`, finding)
        }
      },
      caughtUp: () => undefined,
    }
  }

  /** One that cannot be read is the sink's to send to the dead letters; here it must not hold up those behind it. */
  #finding(findingOf: Source['findingOf'], value: Buffer): Finding | undefined {
    try {
      return findingOf(value)
    } catch (error) {
      this.#options.logger.warn({ err: error }, 'a result cannot be read')
      return undefined
    }
  }

  #publish(id: string, finding: Finding): void {
    const live = { id, alert: this.#options.explainer.alert(finding) }
    this.#kept.push(live)
    if (this.#kept.length > 2 * KEPT_MAX) this.#kept = this.#kept.slice(-KEPT_MAX)
    for (const listener of this.#listeners) listener(live)
  }
}

const NORMAL = Buffer.from('"verdict":"NORMAL"')

/** Most verdicts are no alert: those are told by their bytes, without parsing. */
function fraudIn(value: Buffer): Finding | undefined {
  if (value.includes(NORMAL)) return undefined
  return fraudFinding(JSON.parse(value.toString()) as FraudResult)
}

function anomalyIn(value: Buffer): Finding {
  return anomalyFinding(JSON.parse(value.toString()) as AnomalyResult)
}
