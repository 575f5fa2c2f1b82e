/**
 * One run of the rolling sums, in a process of its own; prints its figures as JSON.
 *
 * node rolling-sums-run.ts <users> <hot: 0 or 1>
 */
import { formatUuidWords, hashUuidWords, writeUuidWords } from '@fintech-streams/contracts'
import { RollingSums } from '@fintech-streams/risk-score'
import { type Figures } from './figures.ts'
import { type Block, createBlock, fillBlock, timeOf, windowEvents, writeId } from './workload.ts'

const BLOCK_EVENTS = 10_000
/** Events that are counted together, as a feed does; the longest pause is looked for among as many. */
const TURN_EVENTS = 100
const MEASURED_EVENTS = 3_000_000
const MEASURED_READS = 3_000_000
/** Records of a page of the sums. */
const PAGE_SHIFT = 13
const PAGE_RECORDS = 1 << PAGE_SHIFT

const [users = 10_000, hot = 0] = process.argv.slice(2).map(Number)
const workload = { users, isHot: hot === 1 }
const sums = new RollingSums()
const block = createBlock(BLOCK_EVENTS)
let nextEvent = 0

/** Processor time of this process, in nanoseconds: on a machine that does other things, too, the fairer clock. */
function processorNs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) * 1_000
}

function nextBlock(): Block {
  fillBlock(workload, block, nextEvent)
  nextEvent += BLOCK_EVENTS
  return block
}

/** Adds some of a block's events at the time of the last, so that others expire. */
function add(block: Block, from: number, to: number): void {
  const turn = {
    count: to - from,
    ids: block.ids.subarray(from * 8, to * 8),
    amountsMinor: block.amountsMinor.subarray(from, to),
    timesMs: block.timesMs.subarray(from, to),
  }
  sums.addAll(turn, block.timesMs[to - 1]!, onAdded)
}

function onAdded(outcome: string): void {
  if (outcome !== 'counted') throw new Error(`an event was not counted: ${outcome}`)
}

/** All of a block, a turn after the other. */
function addBlock(block: Block): void {
  for (let from = 0; from < BLOCK_EVENTS; from += TURN_EVENTS) add(block, from, from + TURN_EVENTS)
}

/** Until the window is full and turns over. @returns the longest pause between a few events. */
function fill(): number {
  let longestNs = 0
  while (nextEvent < windowEvents(workload) * 1.05 + BLOCK_EVENTS) {
    nextBlock()
    for (let from = 0; from < BLOCK_EVENTS; from += TURN_EVENTS) {
      const startedNs = processorNs()
      add(block, from, from + TURN_EVENTS)
      longestNs = Math.max(longestNs, processorNs() - startedNs)
    }
  }
  return longestNs
}

function measureAdds(): number {
  let spentNs = 0
  for (let done = 0; done < MEASURED_EVENTS; done += BLOCK_EVENTS) {
    nextBlock()
    const startedNs = processorNs()
    addBlock(block)
    spentNs += processorNs() - startedNs
  }
  return spentNs / MEASURED_EVENTS
}

/** The same with ids that come as text. */
function measureTextAdds(): number {
  const texts: string[] = []
  let spentNs = 0
  for (let done = 0; done < MEASURED_EVENTS / 3; done += BLOCK_EVENTS) {
    nextBlock()
    for (let n = 0; n < 2 * BLOCK_EVENTS; n += 1) texts[n] = flat(formatUuidWords(block.ids, n * 4))
    const startedNs = processorNs()
    for (let n = 0; n < 2 * BLOCK_EVENTS; n += 1) writeUuidWords(texts[n]!, block.ids, n * 4)
    addBlock(block)
    spentNs += processorNs() - startedNs
  }
  return spentNs / (MEASURED_EVENTS / 3)
}

/** As it comes from a decoder: one piece, not the parts that it was put together of. */
const flat = (text: string): string => Buffer.from(text).toString('latin1')

/** Nanoseconds of a read by each way of reading. */
interface ReadTimes {
  readonly readNs: number
  readonly readAllNs: number
  readonly limitNs: number
  readonly latencyNs: number
}

/**
 * Reads of random users, one by one and together, and beside them what the memory of this machine allows: for each user
 * one slot of a table and the record that it names, in arrays of the size that the sums have, with no key or sum
 * computed. Block by block in turn, each with users of its own, so that what else the machine does is in all of them.
 */
function measureReads(): ReadTimes {
  const nowMs = timeOf(workload, nextEvent - 1)
  const memory = memoryOf(users)
  const keys = new Int32Array(BLOCK_EVENTS * 4)
  const places = new Int32Array(BLOCK_EVENTS)
  let found = 0
  const onRead = (_sumMinor: unknown, count: number): void => {
    if (count > 0) found += 1
  }
  const ways = {
    readNs: () => {
      for (let n = 0; n < BLOCK_EVENTS; n += 1) if (sums.read(keys, n * 4, nowMs).count > 0) found += 1
    },
    readAllNs: () => sums.readAll(BLOCK_EVENTS, keys, nowMs, onRead),
    limitNs: () => (found += independent(places, memory)),
    latencyNs: () => (found += chained(places, memory)),
  }
  const spentNs = { readNs: 0, readAllNs: 0, limitNs: 0, latencyNs: 0 }
  for (let done = 0; done < MEASURED_READS; done += BLOCK_EVENTS) {
    for (const way of ['readNs', 'readAllNs', 'limitNs', 'latencyNs'] as const) {
      for (let n = 0; n < BLOCK_EVENTS; n += 1) {
        writeId(Math.floor(Math.random() * users), 1, keys, n * 4)
        places[n] = hashUuidWords(keys, n * 4) & memory.mask
      }
      const startedNs = processorNs()
      ways[way]()
      spentNs[way] += processorNs() - startedNs
    }
  }
  if (found !== 2 * MEASURED_READS) throw new Error(`${2 * MEASURED_READS - found} users were not active`)
  return {
    readNs: spentNs.readNs / MEASURED_READS,
    readAllNs: spentNs.readAllNs / MEASURED_READS,
    limitNs: spentNs.limitNs / MEASURED_READS,
    latencyNs: spentNs.latencyNs / MEASURED_READS,
  }
}

/** Arrays as large as those of the sums; all records are zero. */
interface Memory {
  readonly mask: number
  readonly table: Int32Array
  readonly pages: readonly Int32Array[]
}

function memoryOf(users: number): Memory {
  const slots = 2 ** Math.ceil(Math.log2(users / 0.75))
  const table = new Int32Array(slots * 2)
  for (let slot = 0; slot < slots; slot += 1) {
    table[slot * 2 + 1] = (Math.imul(slot, 0x9e3779b1) >>> 0) % users
  }
  const pages = Array.from({ length: Math.ceil(users / PAGE_RECORDS) }, () => new Int32Array(PAGE_RECORDS * 8).fill(0))
  return { mask: slots - 1, table, pages }
}

function independent(places: Int32Array, { table, pages }: Memory): number {
  let read = 0
  for (let n = 0; n < places.length; n += 1) {
    const record = table[places[n]! * 2 + 1]!
    read |= pages[record >> PAGE_SHIFT]![(record & (PAGE_RECORDS - 1)) * 8]!
  }
  return read
}

/** Each slot is known only when the record before has been read. */
function chained(places: Int32Array, { table, pages, mask }: Memory): number {
  let read = 0
  for (let n = 0; n < places.length; n += 1) {
    const record = table[((places[n]! + read) & mask) * 2 + 1]!
    read = pages[record >> PAGE_SHIFT]![(record & (PAGE_RECORDS - 1)) * 8]!
  }
  return read
}

const longestPauseMs = fill() / 1e6
const addNs = measureAdds()
const reads = measureReads()
const textAddNs = measureTextAdds()
const figures: Figures = {
  users: sums.size.users,
  events: sums.size.events,
  addNs,
  ...reads,
  textAddNs,
  longestPauseMs,
  bytes: sums.bytes,
}
console.log(JSON.stringify(figures))
