import {
  closeSync,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readSync,
  copyFileSync,
  statSync,
  truncateSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'

/** A log longer than this is set aside; the one set aside before it is dropped. */
export const LOG_SIZE_MAX_BYTES = 20 * 1024 * 1024
const TAIL_BYTES = 32 * 1024
const SHOWN_LINE_LENGTH = 300

/**
 * Opens a process's log for appending and marks the start of a run.
 * @returns the file descriptor; the caller closes it.
 */
export function openLog(path: string, now: Date): number {
  mkdirSync(dirname(path), { recursive: true })
  boundLog(path)
  const file = openSync(path, 'a')
  writeSync(file, `${RUN_MARK}${now.toISOString()}\n`)
  return file
}

/**
 * Sets a log that has grown beyond its bound aside. Its process goes on writing to the emptied file. One that cannot be set
 * aside now stays as it is: what fills the disk ends the launcher with a sentence, and no process waits for its log.
 */
export function boundLog(path: string, maxBytes = LOG_SIZE_MAX_BYTES): void {
  if (!existsSync(path) || statSync(path).size <= maxBytes) return
  try {
    // What the process writes between the two calls is lost: the price of a bound that needs nothing of the process.
    copyFileSync(path, `${path}.1`)
    truncateSync(path)
  } catch {
    // The next look tries again.
  }
}

/** The last lines that the process has written in its last run, each cut to a length that can be read. */
export function lastLines(path: string, count: number): string[] {
  if (!existsSync(path)) return []
  const file = openSync(path, 'r')
  try {
    const { size } = fstatSync(file)
    const buffer = Buffer.alloc(Math.min(size, TAIL_BYTES))
    readSync(file, buffer, 0, buffer.length, size - buffer.length)
    const text = buffer.toString('utf8')
    const run = text.slice(Math.max(0, text.lastIndexOf(RUN_MARK)))
    return run
      .split('\n')
      .filter((line) => line.trim() !== '' && !line.startsWith(RUN_MARK))
      .slice(-count)
      .map((line) => (line.length > SHOWN_LINE_LENGTH ? `${line.slice(0, SHOWN_LINE_LENGTH)}…` : line))
  } finally {
    closeSync(file)
  }
}

const RUN_MARK = '=== started '
