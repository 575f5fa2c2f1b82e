import { parseMetrics } from '@fintech-streams/service'
import { OperatorCounts } from '@fintech-streams/engine'
import { ProcessorMetrics } from '@fintech-streams/processor'
import { Registry } from 'prom-client'
import { expect, test } from 'vitest'
import { firstLine } from './connectors.ts'
import { pipelineOf } from './pipeline.ts'
import { type Instance } from './programs.ts'
import { type Snapshot, Span } from './snapshot.ts'

const START_MS = Date.parse('2026-11-20T12:00:00Z')
const DOWN = { ok: false, reason: 'connect ECONNREFUSED 127.0.0.1:1' } as const

/** A worker whose metrics are the processor's own. */
class Worker {
  #registry = new Registry()
  #metrics = new ProcessorMetrics(this.#registry)

  #startedAtMs = START_MS

  /** Reads and counts transactions for a job, each of which led to one result. */
  count(job: string, records: number, latencyMs: number): void {
    const counts = new OperatorCounts()
    counts.consumed = records
    counts.jobs.set(job, { in: records, out: records, uncounted: 0 })
    for (let n = 0; n < records; n += 1) counts.changedAtMs.push(-latencyMs)
    this.#metrics.committed('source', { durationMs: 5, committedAtMs: 0, counts })
    for (let partition = 0; partition < 4; partition += 1) {
      this.#metrics.gauges('source', partition, { position: 0, lagRecords: 2, watermarkMs: START_MS, stateEntries: 10 })
      this.#metrics.gauges('merge', partition, { position: 0, lagRecords: 0, watermarkMs: START_MS, stateEntries: 1 })
    }
  }

  restart(startedAtMs = START_MS): void {
    this.#startedAtMs = startedAtMs
    this.#registry = new Registry()
    this.#metrics = new ProcessorMetrics(this.#registry)
  }

  async instance(): Promise<Instance> {
    const status = {
      ready: true,
      not_ready: null,
      started_at: new Date(this.#startedAtMs).toISOString(),
      last_error: null,
    }
    return {
      program: 'processor',
      name: 'processor',
      address: 'http://localhost:1',
      isUnknownHost: false,
      result: { ok: true, value: { samples: parseMetrics(await this.#registry.metrics()), status } },
    }
  }
}

function snapshot(atMs: number, instances: Instance[], given: Partial<Snapshot> = {}): Snapshot {
  const up = {
    broker: { ok: true, value: { brokers: 1, leaderless: 0, endOffsets: new Map(), processed: new Map() } },
  } as const
  return {
    atMs,
    monotonicMs: atMs,
    instances,
    ...up,
    connect: { ok: true, value: { connectors: [] } },
    database: {
      ok: true,
      value: {
        startedAtMs: START_MS,
        walBytes: 0,
        databaseBytes: 0,
        inserted: { platform: 0, results: 0 },
        slots: new Map(),
        heartbeatAgeSeconds: new Map(),
        connectedSinceMs: new Map([['generator', START_MS]]),
        sinkOffsets: undefined,
        counterOffset: undefined,
      },
    },
    own: [],
    ownUptimeSeconds: 60,
    checks: [],
    ...given,
  }
}

const answer = (now: Snapshot, before?: Snapshot) =>
  pipelineOf({ rates: new Span(now, before), distributions: new Span(now, before) })

test('rates, latency and lag of a job follow from two looks at the worker’s own metrics', async () => {
  const worker = new Worker()
  worker.count('fraud_detection', 1_000, 20)
  const before = snapshot(START_MS + 1_000, [await worker.instance()])
  worker.count('fraud_detection', 50, 900)
  const now = snapshot(START_MS + 11_000, [await worker.instance()])
  const job = answer(now, before).jobs.find(({ id }) => id === 'fraud_detection')
  expect(job).toMatchObject({ kind: 'transaction', state: 'up', records_in: 1_050, records_in_per_second: 5 })
  expect(job).toMatchObject({
    records_out_per_second: 5,
    lag_records: 8,
    watermark_delay_seconds: expect.any(Number) as number,
  })
  // Only what was observed between the looks: the first thousand took 20 ms.
  expect(job?.latency?.p50_seconds).toBeGreaterThan(0.7)
  // What it has done in its whole life says nothing of the last minute.
  expect(answer(before)).toMatchObject({ latency: null })
  expect(answer(before).jobs[0]).toMatchObject({ records_in_per_second: null, latency: null })
})

test('of a worker that did not answer before, what it counted counts only where it was started since', async () => {
  const [slow, worker] = [new Worker(), new Worker()]
  slow.count('fraud_detection', 1_000, 5_000)
  worker.restart(START_MS + 4_000)
  worker.count('fraud_detection', 40, 20)
  const at = async (atMs: number, given: Partial<Instance>) =>
    snapshot(atMs, [
      { ...(await slow.instance()), ...given },
      { ...(await worker.instance()), address: 'http://localhost:2', ...given },
    ])
  const before = await at(START_MS + 1_000, { result: DOWN })
  const { latency, stages } = answer(await at(START_MS + 11_000, {}), before)
  expect(stages[0]).toMatchObject({ records_per_second: 4 })
  expect(latency?.p99_seconds).toBeLessThan(0.1)
})

test('a job that this version does not know has a row, too', async () => {
  const worker = new Worker()
  worker.count('merchant_volume', 3, 1)
  const { jobs } = answer(snapshot(START_MS, [await worker.instance()]))
  expect(jobs).toHaveLength(11)
  expect(jobs.at(-1)).toMatchObject({ id: 'merchant_volume', records_in: 3 })
})

test('a worker that was started anew counts from zero, and has no negative rate', async () => {
  const worker = new Worker()
  worker.count('fraud_detection', 1_000, 20)
  const before = snapshot(START_MS, [await worker.instance()])
  worker.restart()
  worker.count('fraud_detection', 30, 20)
  const { stages } = answer(snapshot(START_MS + 10_000, [await worker.instance()]), before)
  expect(stages[0]).toMatchObject({ id: 'source', records_per_second: 3 })
})

test('a dead worker is named first, with what follows, and its lag is what lies between log and commits', async () => {
  const dead: Instance = { ...(await new Worker().instance()), result: DOWN }
  const broker = {
    brokers: 1,
    leaderless: 0,
    endOffsets: new Map([['fintech.transactions', [100, 50]]]),
    processed: new Map([['fintech.transactions', new Map([[0, 40]])]]),
  }
  const { summary, troubles, stages, flow } = answer(
    snapshot(START_MS, [dead], { broker: { ok: true, value: broker } }),
  )
  expect(summary).toBe('Broken: processor.')
  expect(troubles).toEqual([
    {
      severity: 'error',
      part: 'processor',
      text: expect.stringMatching(/^processor is down: .*ECONNREFUSED.*another worker/) as string,
    },
  ])
  expect(stages[0]).toMatchObject({ state: 'down', lag_records: 60 + 50 })
  expect(flow.nodes.find(({ id }) => id === 'stage1')).toMatchObject({ state: 'down' })
})

test('what may follow from another part’s death says so', async () => {
  const worker = await new Worker().instance()
  const sink: Instance = { ...worker, program: 'sink', name: 'sink', result: DOWN }
  const { troubles } = answer(snapshot(START_MS, [worker, sink], { broker: DOWN }))
  expect(troubles.find(({ part }) => part === 'sink')?.text).toContain('That may follow from kafka.')
  expect(troubles[0]?.part).toBe('kafka')
})

test('a failed task of a connector is trouble, with the first line of its trace', async () => {
  const worker = await new Worker().instance()
  const trace = firstLine(
    'org.apache.kafka.connect.errors.ConnectException: stopped\n\tat x.y\nCaused by: no slot\n\tat z',
  )
  const connectors = [
    { name: 'fintech-main-connector', state: 'RUNNING', trace: undefined, tasks: [{ id: 0, state: 'FAILED', trace }] },
  ]
  const { troubles, connectors: rows } = answer(
    snapshot(START_MS, [worker], { connect: { ok: true, value: { connectors } } }),
  )
  expect(rows[0]?.last_error).toBe('org.apache.kafka.connect.errors.ConnectException: stopped (caused by no slot)')
  expect(troubles[0]).toMatchObject({ severity: 'error', part: 'fintech-main-connector' })
})

test('what is not part of the installation is no trouble; a mistyped name of what always is one', async () => {
  const processor = new Worker()
  processor.count('fraud_detection', 1, 20)
  const worker = await processor.instance()
  const unknown = { ...worker, isUnknownHost: true, result: { ok: false, reason: 'getaddrinfo ENOTFOUND' } as const }
  const lake: Instance = { ...unknown, program: 'lake', name: 'lake' }
  const sink: Instance = { ...unknown, program: 'sink', name: 'sink' }
  const { processes, troubles, flow } = answer(snapshot(START_MS, [worker, lake, sink]))
  expect(processes.find(({ name }) => name === 'lake')).toMatchObject({ state: 'absent' })
  expect(flow.nodes.map(({ id }) => id)).not.toContain('lake')
  expect(troubles.map(({ part }) => part)).toEqual(['sink'])
})
