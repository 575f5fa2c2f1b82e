import { parseMetrics, total, type ReadinessCheck } from '@fintech-streams/service'
import { formatInstant } from '@fintech-streams/contracts'
import { type KafkaConnection } from '@fintech-streams/kafka'
import { type Registry } from 'prom-client'
import { type Database } from '@fintech-streams/postgres'
import { Broker } from './broker.ts'
import { readConnect } from './connectors.ts'
import { readDatabase } from './database.ts'
import { flowOf, sinkLag } from './flow.ts'
import { jobRows, latencyOf, stageRows } from './jobs.ts'
import { connectorRows, processRows } from './processes.ts'
import { type ProgramAddresses, readPrograms } from './programs.ts'
import { measureInfrastructure } from './infrastructure-metrics.ts'
import { probe } from './probe.ts'
import { type Recent, Sampler } from './sampler.ts'
import { type Pipeline } from './schema.ts'
import { TtlCache } from './ttl-cache.ts'
import { samplesOf, type Snapshot } from './snapshot.ts'
import { summaryOf, troublesOf } from './troubles.ts'

/** Prometheus and the console may ask at the same time. */
const CACHED_MS = 1_000

/** Where the parts of the platform are asked. */
export interface PipelineSources {
  readonly kafka: KafkaConnection
  readonly connectUrl: string
  readonly programs: ProgramAddresses
  readonly database: Database
  /** This process's own metrics and checks. */
  readonly registry: Registry
  readonly checks: readonly ReadinessCheck[]
}

/** How every part of the platform does: sampled in the background, and never waiting for a part that is down. */
export class PipelineView {
  readonly #sources: PipelineSources
  readonly #broker: Broker
  readonly #brokerState = new TtlCache(async () => probe(() => this.#broker.read()), CACHED_MS)
  readonly #connectState = new TtlCache(
    async () => probe((signal) => readConnect(this.#sources.connectUrl, signal)),
    CACHED_MS,
  )
  readonly #sampler: Sampler

  constructor(sources: PipelineSources) {
    this.#sources = sources
    this.#broker = new Broker(sources.kafka)
    measureInfrastructure(sources.registry, {
      broker: async () => this.#brokerState.get(),
      connect: async () => this.#connectState.get(),
    })
    this.#sampler = new Sampler(() => this.#sample())
  }

  /** Takes samples until the signal: whoever asks first then has the rates of the time before. */
  async watch(signal: AbortSignal): Promise<void> {
    await this.#sampler.watch(signal)
  }

  /** Rates are those of the last ten seconds, latencies of the last minute; null before two samples. */
  async read(): Promise<Pipeline> {
    return pipelineOf(await this.#sampler.recent())
  }

  async close(): Promise<void> {
    await this.#broker.close()
  }

  async #sample(): Promise<Snapshot> {
    const { programs, database, registry, checks } = this.#sources
    const [instances, connect, broker, databaseState, own] = await Promise.all([
      readPrograms(programs),
      this.#connectState.get(),
      this.#brokerState.get(),
      probe(() => readDatabase(database)),
      registry.metrics(),
    ])
    return {
      atMs: Date.now(),
      monotonicMs: performance.now(),
      instances,
      connect,
      broker,
      database: databaseState,
      own: parseMetrics(own),
      ownUptimeSeconds: process.uptime(),
      checks: checks.map(({ name, state }) => ({ name, ...state() })),
    }
  }
}

/** The answer that follows from samples. */
export function pipelineOf(recent: Recent): Pipeline {
  const { rates } = recent
  const { now } = rates
  const stages = stageRows(recent)
  const connectors = connectorRows(rates)
  const processes = processRows(now)
  const troubles = troublesOf({ atMs: now.atMs, processes, connectors, stages, sinkLagRecords: sinkLag(now) })
  return {
    as_of: formatInstant(now.atMs),
    summary: summaryOf(troubles),
    troubles,
    latency: latencyOf(recent.distributions),
    late_beyond_horizon: total(samplesOf(now, 'processor'), 'processor_late_total', { job: '*' }),
    jobs: jobRows(recent, stages),
    stages,
    connectors,
    processes,
    flow: flowOf(rates, { processes, connectors }),
  }
}
