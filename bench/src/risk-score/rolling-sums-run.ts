/**
 * One run of the rolling sums, in a process of its own; prints its figures as JSON.
 *
 * node rolling-sums-run.ts <users> <hot: 0 or 1>
 */
import { formatUuid, parseUuid } from '@fintech-streams/records'
import { RollingSums } from '@fintech-streams/risk-score'
import { type Figures } from './figures.ts'
import { type Block, createBlock, fillBlock, timeOf, windowEvents, writeId } from './workload.ts'

const BLOCK_EVENTS = 10_000
/** Events that are counted together, as a feed does; the longest pause is looked for among as many. */
const TURN_EVENTS = 100
const MEASURED_EVENTS = 3_000_000
const MEASURED_READS = 3_000_000

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
    for (let n = 0; n < 2 * BLOCK_EVENTS; n += 1) texts[n] = flat(formatUuid(block.ids, n * 4))
    const startedNs = processorNs()
    for (let n = 0; n < 2 * BLOCK_EVENTS; n += 1) parseUuid(texts[n]!, block.ids, n * 4)
    addBlock(block)
    spentNs += processorNs() - startedNs
  }
  return spentNs / (MEASURED_EVENTS / 3)
}

/** As it comes from a decoder: one piece, not the parts that it was put together of. */
const flat = (text: string): string => Buffer.from(text).toString('latin1')

function measureReads(): number {
  const keys = new Int32Array(BLOCK_EVENTS * 4)
  const nowMs = timeOf(workload, nextEvent - 1)
  let spentNs = 0
  let found = 0
  for (let done = 0; done < MEASURED_READS; done += BLOCK_EVENTS) {
    for (let n = 0; n < BLOCK_EVENTS; n += 1) writeId(Math.floor(Math.random() * users), 1, keys, n * 4)
    const startedNs = processorNs()
    for (let n = 0; n < BLOCK_EVENTS; n += 1) if (sums.read(keys, n * 4, nowMs).count > 0) found += 1
    spentNs += processorNs() - startedNs
  }
  if (found !== MEASURED_READS) throw new Error(`${MEASURED_READS - found} users were not active`)
  return spentNs / MEASURED_READS
}

const longestPauseMs = fill() / 1e6
const addNs = measureAdds()
const readNs = measureReads()
const textAddNs = measureTextAdds()
const figures: Figures = {
  users: sums.size.users,
  events: sums.size.events,
  addNs,
  readNs,
  textAddNs,
  longestPauseMs,
  bytes: sums.bytes,
}
console.log(JSON.stringify(figures))
