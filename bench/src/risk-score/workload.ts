/**
 * The events of the comparison. Every user pays once a round; a round takes 50 s of event time, so each is active within
 * the window, which holds 1.2 events a user. In the hot workload every second event is one user's. Ids are scattered
 * over all 128 bits, as random UUIDs are.
 */

export const EVENTS_A_USER = 1.2
const WINDOW_MS = 60_000
/** Prime, and larger than any number of users is a multiple of: users pay in no order of their ids or of their making. */
const STRIDE = 7_368_787
const START_MS = Date.UTC(2026, 10, 20)

export interface Workload {
  readonly users: number
  readonly isHot: boolean
}

/** Events in the window. */
export function windowEvents({ users, isHot }: Workload): number {
  return Math.floor(users * EVENTS_A_USER * (isHot ? 2 : 1))
}

/** A run of consecutive events, as the structure takes them: eight words a customer and transaction. */
export interface Block {
  readonly events: number
  readonly ids: Int32Array
  readonly amountsMinor: Float64Array
  readonly timesMs: Float64Array
}

export function createBlock(events: number): Block {
  return {
    events,
    ids: new Int32Array(events * 8),
    amountsMinor: new Float64Array(events),
    timesMs: new Float64Array(events),
  }
}

/** Fills a block with the events from this number on. */
export function fillBlock(workload: Workload, block: Block, firstEvent: number): void {
  for (let n = 0; n < block.events; n += 1) {
    const event = firstEvent + n
    writeId(userOf(workload, event), 1, block.ids, n * 8)
    writeId(event, 2, block.ids, n * 8 + 4)
    block.amountsMinor[n] = scattered(event, 3) & 0xfffff
    block.timesMs[n] = timeOf(workload, event)
  }
}

/** The user of an event; number 0 is the hot one. */
export function userOf({ users, isHot }: Workload, event: number): number {
  if (isHot && event % 2 === 0) return 0
  const turn = isHot ? Math.floor(event / 2) : event
  return ((turn % users) * STRIDE) % users
}

export function timeOf(workload: Workload, event: number): number {
  return START_MS + Math.floor((event * WINDOW_MS) / windowEvents(workload))
}

/** The 128-bit id of a number. */
export function writeId(number: number, kind: number, into: Int32Array, at: number): void {
  for (let word = 0; word < 4; word += 1) into[at + word] = scattered(number, kind * 4 + word)
}

/** 32 bits that look random (the finalizer of murmur3 over both parts). */
function scattered(number: number, kind: number): number {
  let bits = Math.imul(number ^ (number / 2 ** 32), 0x9e3779b1) + Math.imul(kind, 0x85ebca6b)
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b)
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35)
  return bits ^ (bits >>> 16)
}
