import { type TopicBatches } from '@fintech-streams/local'
import { markdown, oneDigit, whole } from './figures.ts'
import { type Phase } from './pipeline-run.ts'

/** What a run of the whole pipeline has cost. */
export interface Account {
  /** Time of the same loop before and after the run: how fast the machine was. */
  readonly calibrationMs: readonly number[]
  readonly phases: readonly Phase[]
  readonly peakMb: ReadonlyMap<string, number>
}

/** What belongs to several topics together. */
const GROUPS: readonly (readonly [name: string, topics: RegExp])[] = [
  ['fintech.transactions', /^fintech\.transactions$/],
  ['fintech.events.*', /^fintech\.events\./],
  ['fintech.analytics.account_balances', /^fintech\.analytics\.account_balances$/],
  ['other change topics', /^fintech\.(customers|accounts|merchants|fraud_alerts|analytics\.customer_sessions)$/],
  ['results', /^fintech\.(analytics\.|late|dead_letter)/],
  ['fintech.internal.*', /^fintech\.internal\./],
  ["Connect's own", /^fintech\.connect\.|^__debezium/],
  ['__transaction_state', /^__transaction_state$/],
  ['__consumer_offsets', /^__consumer_offsets$/],
]

/** One phase in a line, for who waits for the end of the run. */
export function figuresOf(phase: Phase): string {
  const { name, transactions, throughMs, tookMs, others } = phase
  const cost = transactions > 0 ? `${whole((usedBy(phase) * 1e6) / transactions)} µs a transaction, ` : ''
  const rate = Number.isFinite(throughMs) ? `${whole((transactions * 1_000) / throughMs)}/s, ` : ''
  const busy = ((usedBy(phase) * 1_000) / tookMs).toFixed(2)
  const took = (tookMs / 1_000).toFixed(1)
  return `${name}: ${whole(transactions)} transactions, ${rate}${cost}${busy} processors, ${took} s; others ${others.toFixed(2)}`
}

/** The account as Markdown: by program, by part of the largest three, and what was stored. */
export function accountReport({ calibrationMs, phases, peakMb }: Account): string {
  return [
    `Calibration loop: ${calibrationMs.map(whole).join(' and ')} ms.`,
    summary(phases),
    costs(phases, (name) => !name.includes(':'), peakMb),
    ...['connect', 'kafka', 'postgres'].map((of) => costs(phases, (name) => name.startsWith(`${of}:`))),
    stored(phases),
  ].join('\n\n')
}

function summary(phases: readonly Phase[]): string {
  const rows = phases.map((phase) => {
    const { name, transactions, throughMs, tookMs, others } = phase
    const used = usedBy(phase)
    return [
      name,
      whole(transactions),
      oneDigit(tookMs / 1_000),
      whole((transactions * 1_000) / throughMs),
      transactions > 0 && Number.isFinite(throughMs) ? whole((used * 1e6) / transactions) : '–',
      oneDigit((used * 100_000) / tookMs),
      oneDigit(others * 100),
    ]
  })
  const head = ['', 'transactions', 's', 'transactions/s', 'µs a transaction', '% of a core', 'others, % of a core']
  return markdown([head, ...rows])
}

/** What each name has used: seconds for the start, % of a core at rest, else µs a transaction. */
function costs(
  phases: readonly Phase[],
  isOf: (name: string) => boolean,
  peakMb?: ReadonlyMap<string, number>,
): string {
  const largest = (name: string): number => phases.reduce((most, { used }) => Math.max(most, used.get(name) ?? 0), 0)
  const names = [...new Set(phases.flatMap(({ used }) => [...used.keys()]))]
    .filter(isOf)
    .sort((one, other) => largest(other) - largest(one))
  const head = [
    '',
    ...phases.map((phase) => `${phase.name}, ${unitOf(phase)}`),
    ...(peakMb === undefined ? [] : ['peak MB']),
  ]
  const rows = names.map((name) => [
    name.replace(/^.*: /, ''),
    ...phases.map((phase) => inUnit(phase, phase.used.get(name) ?? 0)),
    ...(peakMb === undefined ? [] : [whole(peakMb.get(name) ?? NaN)]),
  ])
  const of = /^(\w+):/.exec(names[0] ?? '')?.[1]
  return `${of === undefined ? '' : `Within ${of}:\n\n`}${markdown([head, ...rows])}`
}

const unitOf = ({ name }: Phase): string => (name === 'start' ? 's' : name === 'rest' ? '% of a core' : 'µs')

function inUnit(phase: Phase, seconds: number): string {
  if (phase.name === 'start') return oneDigit(seconds)
  if (phase.name === 'rest') return oneDigit((seconds * 100_000) / phase.tookMs)
  return whole((seconds * 1e6) / phase.transactions)
}

/** What the broker has stored, by transaction; at rest by second. */
function stored(phases: readonly Phase[]): string {
  const counted = phases.filter(({ name }) => name !== 'start')
  const head = ['', ...counted.map(({ name }) => `${name}: records · batches · markers · bytes`)]
  const rows = GROUPS.map(([group], at) => [
    group,
    ...counted.map((phase) => {
      const by = phase.name === 'rest' ? phase.tookMs / 1_000 : phase.transactions
      const { records, batches, markers, bytes } = ofGroup(phase.stored, at)
      const each = [records / by, batches / by, markers / by].map((value) => value.toFixed(3))
      return `${each.join(' · ')} · ${whole(bytes / by)}`
    }),
  ])
  return `Stored a transaction, at rest a second:\n\n${markdown([head, ...rows])}`
}

/** Every topic is of the first group that it fits. */
function ofGroup(topics: ReadonlyMap<string, TopicBatches>, group: number): TopicBatches {
  const of = [...topics].filter(([topic]) => GROUPS.findIndex(([, names]) => names.test(topic)) === group)
  const sum = (figure: keyof TopicBatches): number => of.reduce((all, [, topic]) => all + topic[figure], 0)
  return { records: sum('records'), batches: sum('batches'), markers: sum('markers'), bytes: sum('bytes') }
}

/** Processor seconds of all programs together. */
function usedBy({ used }: Phase): number {
  return [...used].reduce((sum, [name, seconds]) => (name.includes(':') ? sum : sum + seconds), 0)
}
