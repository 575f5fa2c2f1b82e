/**
 * One run of a sorted set per user in a real Redis of its own; prints its figures as JSON. Commands are written before
 * the clock starts and sent in pipelines of a thousand operations over one connection; what is measured is the
 * processor time of the server alone, which is the part that has to be there.
 *
 * node sorted-sets-run.ts <users> <hot: 0 or 1>
 */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { formatUuidWords } from '@fintech-streams/contracts'
import { RedisServer } from '@fintech-streams/testing'
import { processorSeconds } from '../processor-time.ts'
import { type Figures } from './figures.ts'
import { type Block, createBlock, fillBlock, timeOf, windowEvents, writeId } from './workload.ts'

const PIPELINE = 1_000
const MEASURED_EVENTS = 300_000
const MEASURED_READS = 100_000
const WINDOW_MS = 60_000
const SECOND_NS = 1e9

const [users = 10_000, hot = 0] = process.argv.slice(2).map(Number)
const workload = { users, isHot: hot === 1 }
const block = createBlock(PIPELINE)
let nextEvent = 0

const server = await RedisServer.start()
try {
  const socket = connect(server.port, '127.0.0.1')
  await once(socket, 'connect')
  const emptyBytes = await usedBytes(socket)
  while (nextEvent < windowEvents(workload) * 1.05 + PIPELINE) await send(socket, adds(nextBlock()))
  const bytes = (await usedBytes(socket)) - emptyBytes
  const addNs = await measure(MEASURED_EVENTS, () => send(socket, adds(nextBlock())))
  const readNs = await measure(MEASURED_READS, () => send(socket, reads()))
  socket.destroy()
  const figures: Figures = { users, events: windowEvents(workload), addNs, readNs, bytes }
  console.log(JSON.stringify(figures))
} finally {
  await server.stop()
}

function nextBlock(): Block {
  fillBlock(workload, block, nextEvent)
  nextEvent += PIPELINE
  return block
}

/** Member `<amount>:<transaction>`, so that equal amounts are two; then what is too old, and the key's own end. */
function adds({ ids, amountsMinor, timesMs, events }: Block): string[][] {
  const commands: string[][] = []
  for (let n = 0; n < events; n += 1) {
    const key = formatUuidWords(ids, n * 8)
    const timeMs = timesMs[n]!
    commands.push(
      ['ZADD', key, String(timeMs), `${amountsMinor[n]!}:${formatUuidWords(ids, n * 8 + 4)}`],
      ['ZREMRANGEBYSCORE', key, '-inf', String(timeMs - WINDOW_MS - 1)],
      ['PEXPIRE', key, String(2 * WINDOW_MS)],
    )
  }
  return commands
}

/** The members that count, whose amounts the client would add up; of any user, so seldom of the hot one. */
function reads(): string[][] {
  const since = String(timeOf(workload, nextEvent - 1) - WINDOW_MS)
  const key = new Int32Array(4)
  return Array.from({ length: PIPELINE }, () => {
    writeId(Math.floor(Math.random() * users), 1, key, 0)
    return ['ZRANGEBYSCORE', formatUuidWords(key, 0), since, '+inf']
  })
}

/** Sends commands and waits until the last is answered. */
async function send(socket: Socket, commands: readonly string[][]): Promise<void> {
  const end = `end-${nextEvent}-${Math.random()}`
  const text = [...commands, ['ECHO', end]]
    .map((words) => `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`)
    .join('')
  await ask(socket, text, `${end}\r\n`)
}

/** Writes, and reads until an answer that ends so. */
function ask(socket: Socket, text: string, end: string): Promise<string> {
  return new Promise((resolve) => {
    let tail = ''
    const onData = (chunk: Buffer): void => {
      tail = (tail + chunk.toString('latin1')).slice(-4_096)
      if (!tail.endsWith(end)) return
      socket.off('data', onData)
      resolve(tail)
    }
    socket.on('data', onData)
    socket.write(text)
  })
}

async function usedBytes(socket: Socket): Promise<number> {
  const answer = await ask(socket, 'INFO memory\r\nPING\r\n', '+PONG\r\n')
  return Number(/used_memory:(\d+)/.exec(answer)?.[1])
}

/** The server's processor time per operation, as the mean of `operations`. */
async function measure(operations: number, pipeline: () => Promise<void>): Promise<number> {
  const before = processorSeconds(server.pid)
  for (let done = 0; done < operations; done += PIPELINE) await pipeline()
  return ((processorSeconds(server.pid) - before) * SECOND_NS) / operations
}
