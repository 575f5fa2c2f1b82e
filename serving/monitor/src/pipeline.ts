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
import { readingOf } from './reading.ts'
import { type Recent, Sampler } from './sampler.ts'
import { type Pipeline } from './schema.ts'
import { Shared } from './shared.ts'
import { samplesOf, type Snapshot } from './snapshot.ts'
import { summaryOf, troublesOf } from './troubles.ts'

/** Prometheus and the console may ask at the same time. */
const SHARED_FOR_MS = 1_000

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

/** How every part of the platform does: sampled while somebody asks, and never waiting for a part that is down. */
export class PipelineView {
  readonly #sources: PipelineSources
  readonly #broker: Broker
  readonly #brokerReading = new Shared(async () => readingOf(() => this.#broker.read()), SHARED_FOR_MS)
  readonly #connectReading = new Shared(
    async () => readingOf((signal) => readConnect(this.#sources.connectUrl, signal)),
    SHARED_FOR_MS,
  )
  readonly #sampler: Sampler

  constructor(sources: PipelineSources) {
    this.#sources = sources
    this.#broker = new Broker(sources.kafka)
    measureInfrastructure(sources.registry, {
      broker: async () => this.#brokerReading.get(),
      connect: async () => this.#connectReading.get(),
    })
    this.#sampler = new Sampler(() => this.#sample())
  }

  /** Rates are those of the last ten seconds, null in the first answer after a pause. */
  async read(): Promise<Pipeline> {
    return pipelineOf(await this.#sampler.recent())
  }

  async close(): Promise<void> {
    await this.#sampler.close()
    await this.#broker.close()
  }

  async #sample(): Promise<Snapshot> {
    const { programs, database, registry, checks } = this.#sources
    const [instances, connect, broker, databaseReading, own] = await Promise.all([
      readPrograms(programs),
      this.#connectReading.get(),
      this.#brokerReading.get(),
      readingOf(() => readDatabase(database)),
      registry.metrics(),
    ])
    return {
      atMs: Date.now(),
      monotonicMs: performance.now(),
      instances,
      connect,
      broker,
      database: databaseReading,
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
