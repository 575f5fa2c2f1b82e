import { setTimeout as sleep } from 'node:timers/promises'
import { eventTopic, MINUTE_MS, TRANSACTIONS_TOPIC } from '@fintech-streams/contracts'
import { Cluster, type KafkaConnection } from '@fintech-streams/kafka'
import { withPostgres } from '@fintech-streams/postgres'
import { type Client, type ClientConfig } from 'pg'
import { PipelineDrain } from './pipeline-drain.ts'
import { type Check, conservation, isConserved } from './conservation.ts'
import { createdEvent, createdTransaction, KafkaTally } from './kafka-tally.ts'
import { KafkaLog } from './log/kafka-log.ts'
import { firstMinuteMs, postgresSide } from './postgres-side.ts'

const LOOK_EVERY_MS = 1_000
/** Younger than this a minute may be open, or its rows on their way: an idle partition closes its windows within 20 s. */
const CUT_AGE_MS = MINUTE_MS

/** What an audit found. */
export interface Audit {
  /** `conserved`: all equal. `broken`: not, though everything has come through. `behind`: not, and something has not. */
  readonly state: 'conserved' | 'broken' | 'behind'
  /** What has not come through yet. */
  readonly behind: string | undefined
  /** Event times that were looked at, from, and up to but not including. */
  readonly fromMs: number
  readonly cutMs: number
  readonly checks: readonly Check[]
  /** Rows that have no amount or no time, as the database refuses by now. */
  readonly uncountable: number
  readonly tookMs: number
}

export interface AuditorOptions {
  readonly postgres: ClientConfig
  readonly kafka: KafkaConnection
  /** How far back to look; everything when it is infinite. */
  readonly windowMs: number
  /** How long something may be on its way before the audit ends as `behind`. */
  readonly settleWithinMs: number
}

/**
 * Counts on a running system. The sides cannot be read at one moment, so all are asked for the same event times, up to a
 * cut that is old enough to be settled; if they differ, the audit looks again until everything that was in Postgres has
 * gone through every stage, and only then believes it.
 */
export class Auditor {
  readonly #options: AuditorOptions
  readonly #log: KafkaLog
  readonly #cluster: Cluster
  #tallies: { transactions: KafkaTally; events: KafkaTally } | undefined

  constructor(options: AuditorOptions) {
    this.#options = options
    this.#log = new KafkaLog(options.kafka)
    this.#cluster = new Cluster(options.kafka)
  }

  async close(): Promise<void> {
    await Promise.allSettled([this.#log.close(), this.#cluster.close()])
  }

  /** One audit. A later one of the same auditor reads only what has come since. */
  async audit(): Promise<Audit> {
    const startedMs = performance.now()
    const nowMs = Date.now()
    return withPostgres(this.#options.postgres, async (client) => {
      const cutMs = Math.floor((nowMs - CUT_AGE_MS) / MINUTE_MS) * MINUTE_MS
      const fromMs = await this.#from(client, cutMs)
      const { checks, uncountable, behind } = await this.#settled(client, fromMs, cutMs)
      const state = isConserved(checks) ? 'conserved' : behind === undefined ? 'broken' : 'behind'
      return { state, behind, fromMs, cutMs, checks, uncountable, tookMs: Math.round(performance.now() - startedMs) }
    })
  }

  async #from(client: Client, cutMs: number): Promise<number> {
    const { windowMs } = this.#options
    if (Number.isFinite(windowMs)) return cutMs - Math.ceil(windowMs / MINUTE_MS) * MINUTE_MS
    return (await firstMinuteMs(client)) ?? cutMs
  }

  async #settled(
    client: Client,
    fromMs: number,
    cutMs: number,
  ): Promise<Pick<Audit, 'checks' | 'uncountable' | 'behind'>> {
    const drain = new PipelineDrain({ client, log: this.#log, cluster: this.#cluster })
    const deadlineMs = performance.now() + this.#options.settleWithinMs
    let behind: string | undefined = 'nothing is known yet'
    for (;;) {
      const { checks, uncountable } = await this.#look(client, fromMs, cutMs)
      if (isConserved(checks) || behind === undefined) return { checks, uncountable, behind: undefined }
      behind = await drain.behind()
      if (behind !== undefined && performance.now() > deadlineMs) return { checks, uncountable, behind }
      await sleep(LOOK_EVERY_MS)
    }
  }

  async #look(client: Client, fromMs: number, cutMs: number): Promise<Pick<Audit, 'checks' | 'uncountable'>> {
    this.#tallies ??= {
      transactions: new KafkaTally(this.#log, TRANSACTIONS_TOPIC, fromMs, createdTransaction),
      events: new KafkaTally(this.#log, eventTopic('transaction_created'), fromMs, createdEvent),
    }
    const { transactions, events } = this.#tallies
    for (const tally of [transactions, events]) {
      tally.forgetBefore(fromMs)
      await tally.update()
    }
    const postgres = await postgresSide(client, fromMs, cutMs)
    const kafka = { transactions: transactions.minutes(cutMs), events: events.minutes(cutMs) }
    return { checks: conservation(postgres, kafka), uncountable: postgres.uncountable }
  }
}
