import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { join } from 'node:path'
import { type Readable, type Writable } from 'node:stream'
import { explainedKafka, type KafkaConnection } from '@fintech-streams/kafka'
import { OperatingError } from '@fintech-streams/service'
import { javaToolCommand, requireJava, requireJavaLibraries } from '@fintech-streams/local'
import { type SourceRecord } from '../oracle/source.ts'
import {
  type CommittedLog,
  OPEN_TRANSACTION_WAIT_MS,
  topicRecords,
  truncated,
  type Withheld,
} from '@fintech-streams/audit'
import { javaProperties } from './java-properties.ts'

const PROGRAM = join(import.meta.dirname, '../../java/CommittedReader.java')
const HEAP_MB = 256
const STDERR_KEPT_CHARACTERS = 2_000

/** An answer of the Java program, as its own comment describes them. */
type Frame =
  | { kind: 'record'; record: Omit<SourceRecord, 'partition'> }
  | { kind: 'end'; beginning: number; withheld: number }
  | { kind: 'partitions'; count: number }
  | { kind: 'failure'; message: string }

/**
 * Kafka's own Java client in a child process: it shares neither code nor author with the client of the processor. It
 * takes one request at a time.
 */
export class JavaLog implements CommittedLog {
  readonly withheld: Withheld[] = []
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>
  readonly #frames: AsyncIterator<Frame, unknown>
  readonly #connection: KafkaConnection
  readonly #openTransactionWaitMs: number
  #stderr = ''

  /** @throws OperatingError when Java or Kafka's libraries are not there. */
  static async open(connection: KafkaConnection, openTransactionWaitMs = OPEN_TRANSACTION_WAIT_MS): Promise<JavaLog> {
    await requireJava(process.env)
    requireJavaLibraries()
    return new JavaLog(connection, await javaProperties(connection), openTransactionWaitMs)
  }

  private constructor(
    connection: KafkaConnection,
    properties: ReadonlyMap<string, string>,
    openTransactionWaitMs: number,
  ) {
    this.#connection = connection
    this.#openTransactionWaitMs = openTransactionWaitMs
    const { file, args } = javaToolCommand(process.env, HEAP_MB, [PROGRAM])
    this.#child = spawn(file, args, { stdio: ['pipe', 'pipe', 'pipe'] })
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-STDERR_KEPT_CHARACTERS)
    })
    // A program that is gone is noticed by its missing answer.
    this.#child.on('error', (error) => (this.#stderr += error.message))
    this.#child.stdin.on('error', () => undefined)
    // Not on the command line, where everybody on the machine could read the password.
    for (const [name, value] of properties) this.#child.stdin.write(`set ${name} ${value}\n`)
    this.#frames = framesOf(this.#child.stdout)
  }

  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const gone = new Promise((resolve) => this.#child.once('close', resolve))
    this.#child.kill('SIGKILL')
    await gone
  }

  async partitionCount(topic: string): Promise<number> {
    this.#child.stdin.write(`count ${topic}\n`)
    const frame = this.#answered(await this.#next())
    if (frame.kind !== 'partitions') throw new Error(`a count is answered by ${frame.kind}`)
    if (frame.count >= 0) return frame.count
    throw new OperatingError('no_topic', `topic ${topic} does not exist: start the processor once, it creates it`)
  }

  topic(topic: string): AsyncGenerator<SourceRecord> {
    return topicRecords(this, topic)
  }

  /** @param from the first offset that is asked for; without it the log must have its beginning. */
  async *partition(topic: string, partition: number, from?: number): AsyncGenerator<SourceRecord> {
    this.#child.stdin.write(`read ${topic} ${partition} ${this.#openTransactionWaitMs} ${from ?? 0}\n`)
    let frame = await this.#next()
    try {
      for (; frame.kind === 'record'; frame = await this.#next()) yield { partition, ...frame.record }
    } finally {
      // Whoever has seen enough leaves the rest of the answer in the pipe, before the next one.
      while (frame.kind === 'record') frame = await this.#next()
    }
    const end = this.#answered(frame)
    if (end.kind !== 'end') throw new Error(`a read ends with ${end.kind}`)
    if (from === undefined && end.beginning > 0) throw truncated(topic, partition, end.beginning)
    if (end.withheld > 0) this.withheld.push({ topic, partition, records: end.withheld })
  }

  /** The next frame, a failure among them: it ends an answer, so nothing more comes after it. */
  async #next(): Promise<Frame> {
    const { done, value } = await this.#frames.next()
    if (done !== true) return value
    throw new OperatingError('reader_ended', `Kafka's Java client ended: ${lastLine(this.#stderr)}`)
  }

  #answered(frame: Frame): Exclude<Frame, { kind: 'failure' }> {
    if (frame.kind !== 'failure') return frame
    throw explainedKafka(new Error(frame.message), this.#connection)
  }
}

const lastLine = (text: string): string => text.trim().split('\n').at(-1) ?? ''

async function* framesOf(output: Readable): AsyncGenerator<Frame> {
  let rest: Buffer = Buffer.of()
  for await (const chunk of output as AsyncIterable<Buffer>) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    const cursor = new Cursor(bytes)
    for (;;) {
      const start = cursor.at
      const frame = readFrame(cursor)
      if (frame === undefined) {
        rest = bytes.subarray(start)
        break
      }
      yield frame
    }
  }
}

/** The next frame, `undefined` when not all of it is there yet. */
function readFrame(cursor: Cursor): Frame | undefined {
  const kind = cursor.take(1)
  if (kind === undefined) return undefined
  switch (String.fromCharCode(kind[0] ?? 0)) {
    case 'R': {
      const head = cursor.take(16)
      const key = head && cursor.takeCounted()
      const value = key === undefined ? undefined : cursor.takeCounted()
      const headers = value === undefined ? undefined : readHeaders(cursor)
      if (head === undefined || key === undefined || value === undefined || headers === undefined) return undefined
      return { kind: 'record', record: { offset: whole(head, 0), timestampMs: whole(head, 8), key, value, headers } }
    }
    case 'E': {
      const numbers = cursor.take(16)
      return numbers && { kind: 'end', beginning: whole(numbers, 0), withheld: whole(numbers, 8) }
    }
    case 'N': {
      const count = cursor.take(4)
      return count && { kind: 'partitions', count: count.readInt32BE() }
    }
    default: {
      const message = cursor.takeCounted()
      return message === undefined ? undefined : { kind: 'failure', message: message?.toString() ?? '' }
    }
  }
}

function readHeaders(cursor: Cursor): Map<string, Buffer | null> | undefined {
  const headers = new Map<string, Buffer | null>()
  const count = cursor.take(4)?.readInt32BE()
  if (count === undefined) return undefined
  for (let header = 0; header < count; header += 1) {
    const [name, value] = [cursor.takeCounted(), cursor.takeCounted()]
    if (name === undefined || value === undefined) return undefined
    headers.set(String(name), value)
  }
  return headers
}

const whole = (bytes: Buffer, at: number): number => Number(bytes.readBigInt64BE(at))

/** Reads from a buffer that may end too early. */
class Cursor {
  at = 0
  readonly #bytes: Buffer

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  take(length: number): Buffer | undefined {
    if (this.at + length > this.#bytes.length) return undefined
    this.at += length
    return this.#bytes.subarray(this.at - length, this.at)
  }

  /** Bytes with their length as a prefix; `null` for the length -1. */
  takeCounted(): Buffer | null | undefined {
    const length = this.take(4)?.readInt32BE()
    if (length === undefined) return undefined
    return length < 0 ? null : this.take(length)
  }
}
