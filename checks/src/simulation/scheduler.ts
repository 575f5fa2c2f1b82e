import { type Clock } from '@fintech-streams/service'
import { type Random } from '../random.ts'

/** A simulated process: what it waits for goes on only while it is alive and not stopped. */
export class Actor {
  alive = true
  paused = false
  /** What it waits for now, while it does. */
  waitsFor: string | undefined
}

interface Waiting {
  readonly actor: Actor
  readonly resume: () => void
}

interface Timer extends Waiting {
  readonly dueMs: number
}

/**
 * Decides what happens next. Every await of a simulated process ends here; the seed chooses which of all waiting ones
 * goes on. A killed process's awaits never end, so it is cut off exactly where it was.
 */
export class Scheduler {
  nowMs: number
  readonly #random: Random
  /** How far the clock that people can set is from the one that only goes on. */
  #wallOffsetMs = 0
  #ready: Waiting[] = []
  #timers: Timer[] = []

  constructor(random: Random, nowMs: number) {
    this.#random = random
    this.nowMs = nowMs
  }

  /** Waits to be chosen. @param name what the process waits for, to tell where it was when it died. */
  step(actor: Actor, name: string): Promise<void> {
    actor.waitsFor = name
    return new Promise((resume) => this.#ready.push({ actor, resume }))
  }

  /** The clock of one process. */
  clockOf(actor: Actor): Clock {
    return {
      nowMs: () => this.nowMs + this.#wallOffsetMs,
      monotonicMs: () => this.nowMs,
      sleep: (ms, signal) =>
        new Promise((resume) => {
          if (signal?.aborted === true) return resume()
          actor.waitsFor = 'the clock'
          const timer = { actor, resume, dueMs: this.nowMs + ms }
          this.#timers.push(timer)
          signal?.addEventListener('abort', () => {
            this.#timers = this.#timers.filter((other) => other !== timer)
            this.#ready.push({ actor, resume })
          })
        }),
    }
  }

  /** Lets one waiting process go on, if any may. @returns whether one did. */
  async advance(): Promise<boolean> {
    await settled()
    this.#ready = this.#ready.filter(({ actor }) => actor.alive)
    const candidates = this.#ready.filter(({ actor }) => !actor.paused)
    if (candidates.length === 0) return false
    const chosen = this.#random.pick(candidates)
    this.#ready = this.#ready.filter((waiting) => waiting !== chosen)
    chosen.actor.waitsFor = undefined
    chosen.resume()
    await settled()
    return true
  }

  /** Somebody sets the wall clock, forwards or back. */
  setWallClock(offsetMs: number): void {
    this.#wallOffsetMs = offsetMs
  }

  /** Moves the clock; sleepers that are due may go on. */
  passTime(ms: number): void {
    this.nowMs += ms
    const due = this.#timers.filter(({ dueMs }) => dueMs <= this.nowMs)
    this.#timers = this.#timers.filter(({ dueMs }) => dueMs > this.nowMs)
    this.#ready.push(...due)
  }
}

/** All promises that can settle by themselves have settled. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
