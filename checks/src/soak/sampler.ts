import {
  analyticsTopic,
  JOB_IDS,
  PARTIALS_TOPIC,
  STAGE1_CHANGELOG_TOPIC,
  STAGE2_CHANGELOG_TOPIC,
} from '@fintech-streams/contracts'
import { type Stack } from '@fintech-streams/local'
import { look, type Seen } from './look.ts'
import { type Series } from './series.ts'

/**
 * Postgres gives WAL free only at a note of which transactions run, which it writes every 15 s: the teeth are as high as
 * WAL was written meanwhile, which is more and more, because a random key finds another page of a larger index.
 */
const WAL_TOOTH_SAMPLES = 12

/** Samples that contain at least one full garbage collection; the lowest is what it leaves. */
const COLLECTION_SAMPLES = 6

type Measure = Omit<Series, 'values'> & { readonly read: (seen: Seen) => number | null }

const RESULTS: ReadonlySet<string> = new Set(JOB_IDS.map(analyticsTopic))
const CHANGELOGS: ReadonlySet<string> = new Set([STAGE1_CHANGELOG_TOPIC, STAGE2_CHANGELOG_TOPIC])
const isConnects = (topic: string): boolean => topic.startsWith('fintech.connect.')
const isInternal = (topic: string): boolean => !topic.startsWith('fintech.') || isConnects(topic)
const isChange = (topic: string): boolean =>
  !isInternal(topic) && !RESULTS.has(topic) && !CHANGELOGS.has(topic) && topic !== PARTIALS_TOPIC

/** Everything that must not grow for ever, and what bounds it. */
function measures(processes: readonly string[]): Measure[] {
  const memory = processes.map((name): Measure => {
    const bound = name === 'postgres' ? 'buffers, work_mem a session' : 'its heap, and what lies beside it'
    return {
      name: `memory of ${name}`,
      unit: 'MB',
      expected: 'level',
      bound,
      read: ({ memory: of }) => of.get(name) ?? null,
    }
  })
  const processors = (what: 'objects' | 'buffers', bound: string): Measure => ({
    name: `processor's ${what}`,
    unit: 'MB',
    expected: 'level',
    toothSamples: COLLECTION_SAMPLES,
    bound,
    read: ({ processor }) => processor[what] ?? null,
  })
  const entries = (stage: string, bound: string): Measure => ({
    name: `state entries, ${stage}`,
    unit: 'entries',
    expected: 'level',
    bound,
    read: ({ processor }) => processor.entries.get(stage) ?? null,
  })
  const topics = (name: string, bound: string, has: (topic: string) => boolean): Measure => ({
    name: `topics: ${name}`,
    unit: 'MB',
    expected: 'level',
    bound,
    read: ({ topics: of }) => [...of].reduce((sum, [topic, size]) => (has(topic) ? sum + size : sum), 0),
  })
  return [
    ...memory,
    processors('objects', 'state; garbage until a collection'),
    processors('buffers', 'ids of 15 minutes; what waits for a commit'),
    entries('source', 'open windows; customers of 30 days'),
    entries('merge', 'open windows; closed ones of 15 minutes'),
    topics('changelog of stage 1', 'compaction', (topic) => topic === STAGE1_CHANGELOG_TOPIC),
    topics('changelog of stage 2', 'compaction', (topic) => topic === STAGE2_CHANGELOG_TOPIC),
    topics('partials', 'retention', (topic) => topic === PARTIALS_TOPIC),
    topics('results', 'retention', (topic) => RESULTS.has(topic)),
    topics('changes, events, late', 'retention', isChange),
    topics("Kafka's and Connect's own", 'compaction', isInternal),
    {
      name: 'outbox table',
      unit: 'MB',
      expected: 'retention',
      bound: 'its ring of hours',
      read: ({ database }) => database?.outbox ?? null,
    },
    {
      name: 'WAL not confirmed',
      unit: 'MB',
      expected: 'level',
      toothSamples: WAL_TOOTH_SAMPLES,
      bound: "the connectors' confirmations",
      read: ({ database }) => database?.unconfirmedWal ?? null,
    },
    {
      name: 'WAL retained',
      unit: 'MB',
      expected: 'level',
      toothSamples: WAL_TOOTH_SAMPLES,
      bound: 'what is confirmed, at the next note of running transactions',
      read: ({ database }) => database?.retainedWal ?? null,
    },
  ]
}

/** Measures a stack again and again. */
export class Sampler {
  /** When each sample was taken, since the load began. */
  readonly seconds: number[] = []
  readonly #stack: Stack
  readonly #processes: readonly string[]
  readonly #startedMs: number
  readonly #measures: readonly (Measure & Series)[]

  constructor(stack: Stack, processes: readonly string[], startedMs: number) {
    this.#stack = stack
    this.#processes = processes
    this.#startedMs = startedMs
    this.#measures = measures(processes).map((measure) => ({ ...measure, values: [] }))
  }

  get series(): readonly Series[] {
    return this.#measures
  }

  async sample(): Promise<void> {
    const seen = await look(this.#stack, this.#processes)
    this.seconds.push(Math.round((Date.now() - this.#startedMs) / 1_000))
    for (const { values, read } of this.#measures) values.push(read(seen))
  }

  /** All samples, a line each. */
  csv(): string {
    const head = ['seconds', ...this.series.map(({ name, unit }) => `"${name} (${unit})"`)].join(',')
    const lines = this.seconds.map((second, at) =>
      [second, ...this.series.map(({ values }) => values[at]?.toFixed(1) ?? '')].join(','),
    )
    return [head, ...lines, ''].join('\n')
  }
}
