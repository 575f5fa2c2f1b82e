import { readdirSync, readFileSync } from 'node:fs'

/** Ticks of processor time in a second, as /proc counts them on Linux. */
const TICKS_PER_SECOND = 100

/** Follows one process, from the first look at it to the last. */
export class ProcessorTime {
  #first: { seconds: number; atMs: number } | undefined
  #last: { seconds: number; atMs: number } | undefined

  /** Looks at the process, and at those that it has started if they count, too; one that does not run is left out. */
  sample(pid: number | undefined, { children = false } = {}): void {
    if (pid === undefined) return
    try {
      const seconds = children ? ticksWithChildren(pid) / TICKS_PER_SECOND : processorSeconds(pid)
      this.#last = { seconds, atMs: performance.now() }
      this.#first ??= this.#last
    } catch {
      // It has ended since.
    }
  }

  /** Processor time that it used between the first look and the last. */
  seconds(): number {
    return (this.#last?.seconds ?? 0) - (this.#first?.seconds ?? 0)
  }

  /** Processors that it kept busy between the two looks; NaN when there were not two. */
  busy(): number {
    if (this.#first === undefined || this.#last === undefined || this.#last === this.#first) return NaN
    return (this.seconds() * 1_000) / (this.#last.atMs - this.#first.atMs)
  }
}

/** Processor time that a process has used since it began. @throws when there is none. */
export function processorSeconds(pid: number): number {
  return ticksOf(pid).own / TICKS_PER_SECOND
}

interface Ticks {
  readonly parent: number
  readonly own: number
  /** Of its children that have ended. */
  readonly ended: number
}

function ticksOf(pid: number): Ticks {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/.*\) /, '').split(' ').map(Number)
  return { parent: fields[1]!, own: fields[11]! + fields[12]!, ended: fields[13]! + fields[14]! }
}

function ticksWithChildren(pid: number): number {
  const { own, ended } = ticksOf(pid)
  const all = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return all.reduce((sum, other) => {
    try {
      const ticks = ticksOf(Number(other))
      return ticks.parent === pid ? sum + ticks.own : sum
    } catch {
      return sum // It has ended since.
    }
  }, own + ended)
}
