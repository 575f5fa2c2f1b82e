import { isUtf8 } from 'node:buffer'
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'

/** A line longer than this is refused instead of filling the memory. Characters, or bytes before they are decoded. */
export const LINE_MAX = 1_048_576

const NEWLINE = 0x0a
const RETURN = 0x0d
/** Bytes of the beginning that show UTF-16 without a byte order mark: every second one of plain text is zero. */
const SAMPLE_BYTES = 1_024

const windows1252 = new TextDecoder('windows-1252')

/**
 * The text of a file, in pieces, without a byte order mark.
 * @param encoding as the mapping says it. Without one: UTF-8 or UTF-16 by mark, UTF-16 by its zeros, and else UTF-8,
 *   where a line that is not UTF-8 is read as Windows-1252.
 */
export async function* readText(path: string, encoding?: string): AsyncGenerator<string> {
  const label = encoding ?? encodingOf(await startOf(path))
  const chunks = createReadStream(path) as AsyncIterable<Buffer>
  yield* label === undefined ? decodeByLine(chunks) : decodeAs(label, chunks)
}

/** True for the name of an encoding that can be read. */
export function isEncoding(label: string): boolean {
  try {
    return new TextDecoder(label).encoding !== ''
  } catch {
    return false
  }
}

async function startOf(path: string): Promise<Buffer> {
  const file = await open(path)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(SAMPLE_BYTES), 0, SAMPLE_BYTES)
    return buffer.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}

function encodingOf(start: Buffer): string | undefined {
  if (start[0] === 0xff && start[1] === 0xfe) return 'utf-16le'
  if (start[0] === 0xfe && start[1] === 0xff) return 'utf-16be'
  const zeros = (parity: number): number => start.filter((byte, at) => byte === 0 && at % 2 === parity).length
  const few = start.length / 4
  if (zeros(1) > few && zeros(0) === 0) return 'utf-16le'
  return zeros(0) > few && zeros(1) === 0 ? 'utf-16be' : undefined
}

async function* decodeAs(label: string, chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const decoder = new TextDecoder(label)
  for await (const chunk of chunks) yield decoder.decode(chunk, { stream: true })
  yield decoder.decode()
}

/** Files that were put together, or edited by hand, hold both encodings: so each line is judged by itself. */
async function* decodeByLine(chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let held: Buffer = Buffer.alloc(0)
  let isStart = true
  const text = (bytes: Buffer): string => {
    const decoded = utf8OrWindows1252(bytes)
    const hadMark = isStart && decoded.startsWith('\uFEFF')
    if (bytes.length > 0) isStart = false
    return hadMark ? decoded.slice(1) : decoded
  }
  for await (const chunk of chunks) {
    const bytes = held.length === 0 ? chunk : Buffer.concat([held, chunk])
    const end = bytes.length > LINE_MAX ? bytes.length : endOfLastLine(bytes)
    yield text(bytes.subarray(0, end))
    held = bytes.subarray(end)
  }
  yield text(held)
}

function endOfLastLine(bytes: Buffer): number {
  return Math.max(bytes.lastIndexOf(NEWLINE), bytes.lastIndexOf(RETURN)) + 1
}

function utf8OrWindows1252(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString('utf8')
  let text = ''
  for (let at = 0; at < bytes.length;) {
    const newline = bytes.indexOf(NEWLINE, at)
    const end = newline === -1 ? bytes.length : newline + 1
    const line = bytes.subarray(at, end)
    text += isUtf8(line) ? line.toString('utf8') : windows1252.decode(line)
    at = end
  }
  return text
}
