import { readFileSync } from 'node:fs'

/** Ticks of processor time in a second, as /proc counts them on Linux. */
const TICKS_PER_SECOND = 100

/** Follows one process, from the first look at it to the last. */
export class ProcessorTime {
  #first: { seconds: number; atMs: number } | undefined
  #last: { seconds: number; atMs: number } | undefined

  /** Looks at the process; one that does not run is left out. */
  sample(pid: number | undefined): void {
    if (pid === undefined) return
    try {
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/.*\) /, '').split(' ')
      const seconds = (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
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
