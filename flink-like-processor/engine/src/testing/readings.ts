import { formatInstant, MalformedRecord, minutes, seconds, utcHour, windowResult } from '@fintech-streams/contracts'
import { Distribution } from '../distribution.ts'
import { type EventStream, type Features } from '../event.ts'
import { eventJobs, type Job, tumbling, windowJobs } from '../job.ts'
import { type KeySummary } from '../key-summary.ts'

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

export const features: Features<Reading, Known> = {
  create: () => ({ count: 0, lastSite: '' }),
  learn: (known, { site = '' }) => {
    known.count += 1
    known.lastSite = site
  },
  write: (known, into) => into.anyJson(known),
  restore: (encoded) => encoded as Known,
  retentionMs: minutes(60 * 24 * 30),
}

/** How many meters there were. */
const meters: KeySummary<{ meters: number }> = {
  none: () => ({ meters: 0 }),
  of: (counts) => ({ meters: [...counts].length }),
  restore: (encoded) => {
    const { meters } = encoded as { meters?: unknown }
    if (typeof meters === 'number') return { meters }
    throw new TypeError('not a number of meters')
  },
  merge: (into, from) => {
    into.meters += from.meters
  },
}

const sums = {
  create: () => ({ sum: 0, values: new Distribution() }),
  add: (acc: { sum: number; values: Distribution }, { value }: Reading) => {
    acc.sum += value
    acc.values.increment(String(value))
  },
  merge: (into: { sum: number; values: Distribution }, from: { sum: number; values: Distribution }) => {
    into.sum += from.sum
    into.values.merge(from.values)
  },
}

const defineWindowJob = windowJobs<Reading>('meter')
const fields = { sum: 'count', values: 'distribution' } as const

/** Keyed by what the source is partitioned by. */
export const byMeter = defineWindowJob({
  id: 'by_meter',
  result: windowResult({ meter: 'text' }, fields),
  window: tumbling(minutes(5)),
  key: ({ meter }) => meter,
  aggregate: sums,
  finish: (acc) => acc,
})

/** Keyed by something that meters share. Some have none. */
export const bySite = defineWindowJob({
  id: 'by_site',
  result: windowResult({ site: 'text' }, { ...fields, meters: 'count' }),
  window: tumbling(minutes(1)),
  key: ({ site }) => site,
  keys: meters,
  aggregate: sums,
  finish: (acc, { keys }) => ({ ...acc, ...keys }),
})

/** A key that is a number. */
export const byHour = defineWindowJob({
  id: 'by_hour',
  result: windowResult({ hour: 'count' }, fields),
  window: tumbling(minutes(60)),
  key: ({ eventTimeMs }) => utcHour(eventTimeMs),
  aggregate: sums,
  finish: (acc) => acc,
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
  features,
})

/** How far a reading may be out of order. */
export const OUT_OF_ORDER_MS = seconds(5)
