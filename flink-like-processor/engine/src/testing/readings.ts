import { formatInstant, MalformedRecord, minutes, seconds, utcHour, windowResult } from '@fintech-streams/contracts'
import { aggregates } from '../aggregates.ts'
import { type EventStream, type Features } from '../event.ts'
import { eventJobs, type Job, tumbling, windowJobs } from '../job.ts'

/** A stream for the engine's own tests: readings of meters. A meter's readings are in one partition, a site's are not. */
export interface Reading {
  readonly id: string
  readonly meter: string
  readonly site: string | undefined
  readonly value: number
  readonly eventTimeMs: number
  readonly changedAtMs: number
}

export const START_MS = Date.UTC(2026, 10, 20, 13, 31)

/** A UUID that tells its number. */
export const id = (number: number): string => `00000000-0000-4000-8000-${number.toString(16).padStart(12, '0')}`

export const reading = (number: number, eventTimeMs: number, changes: Partial<Reading> = {}): Reading => ({
  id: id(number),
  meter: 'm-1',
  site: 's-1',
  value: 7,
  eventTimeMs,
  changedAtMs: eventTimeMs,
  ...changes,
})

/** How many readings a meter had, and where the last one was, which may be any text. */
interface Known {
  count: number
  lastSite: string
}

const makeFeatures = (): Features<Reading, Known> => {
  const known: Known[] = []
  const of = (key: number): Known => (known[key] ??= { count: 0, lastSite: '' })
  return {
    retentionMs: minutes(60 * 24 * 30),
    of,
    learn: (key, { site = '' }) => {
      of(key).count += 1
      of(key).lastSite = site
    },
    has: (key) => of(key).count > 0,
    forget: (key) => {
      known[key] = { count: 0, lastSite: '' }
    },
    write: (key, into) => into.text(JSON.stringify(of(key))),
    read: (key, from) => {
      known[key] = JSON.parse(from.text()) as Known
    },
    readJson: (key, encoded) => {
      known[key] = encoded as Known
    },
  }
}

const { countBy, keyCounts, sum } = aggregates<Reading>()
const sums = { sum: sum('value'), values: countBy(({ value }) => String(value)) }

const defineWindowJob = windowJobs<Reading>('meter')
const fields = { sum: 'count', values: 'distribution' } as const

/** Keyed by what the source is partitioned by. */
export const byMeter = defineWindowJob({
  id: 'by_meter',
  result: windowResult({ meter: 'text' }, fields),
  window: tumbling(minutes(5)),
  key: ({ meter }) => meter,
  aggregate: sums,
  finish: ({ sum: total, values }) => ({ sum: Number(total), values }),
})

/** Keyed by something that meters share. Some have none. */
export const bySite = defineWindowJob({
  id: 'by_site',
  result: windowResult({ site: 'text' }, { ...fields, meters: 'count' }),
  window: tumbling(minutes(1)),
  key: ({ site }) => site,
  aggregate: { ...sums, meters: keyCounts(3) },
  finish: ({ sum: total, values, meters }) => ({ sum: Number(total), values, meters: meters.unique }),
})

/** A key that is a number. */
export const byHour = defineWindowJob({
  id: 'by_hour',
  result: windowResult({ hour: 'count' }, fields),
  window: tumbling(minutes(60)),
  key: ({ eventTimeMs }) => utcHour(eventTimeMs),
  aggregate: sums,
  finish: ({ sum: total, values }) => ({ sum: Number(total), values }),
})

/** Judges each reading by its meter's earlier ones. */
export const seen = eventJobs<Reading, Known>()({
  id: 'seen',
  result: { key: ['id'], fields: { id: 'id', earlier: 'count', event_time: 'time' } },
  judge: (event, { count }) => ({ id: event.id, earlier: count, event_time: formatInstant(event.eventTimeMs) }),
})

export const jobs: Job<Reading, Known>[] = [seen, byMeter, bySite, byHour]

/** Readings as JSON. A text is the reason why it is none; anything else that is no object cannot be decoded. */
export const readings = (): EventStream<Reading, Known> => ({
  sourceTopic: 'source',
  decode: ({ value }) => {
    if (value === null) return 'tombstone'
    const parsed: unknown = JSON.parse(value.toString())
    if (typeof parsed === 'string') return parsed
    if (typeof parsed !== 'object' || parsed === null) throw new MalformedRecord('not_an_object', 'not a reading')
    return parsed as Reading
  },
  idField: 'id',
  idOf: (event) => event.id,
  keyOf: (event) => event.meter,
  features: makeFeatures(),
})

/** How far a reading may be out of order. */
export const OUT_OF_ORDER_MS = seconds(5)
