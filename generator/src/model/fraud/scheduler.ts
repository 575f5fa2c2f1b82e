import { type NewTransaction } from '../new-transaction.ts'
import { TYPOLOGIES } from '../records.ts'
import { type Scene, type ScenarioStep, SCENARIOS } from './scenarios.ts'

/** Steps that wait for their time; no scenario starts beyond it. */
const WAITING_MAX = 100_000
/** The first scenario starts once up to this many fraudulent transactions are owed. */
const FIRST_DEBT_MAX = 10

/**
 * Starts scenarios so often that, over time, the wanted share of all transactions belongs to one. Each transaction
 * adds the share to what is owed, and each scenario pays what it is long, so the share holds whatever is drawn.
 */
export class FraudScheduler {
  readonly #share: number
  readonly #scene: Scene
  /** Latest first, so that the next one is taken from the end. */
  readonly #waiting: ScenarioStep[] = []
  #owed: number

  /** @param share 0 to 1. */
  constructor(share: number, scene: Scene) {
    this.#share = share
    this.#scene = scene
    this.#owed = -scene.random.uniform(0, FIRST_DEBT_MAX)
  }

  /** What a fraud does at this moment instead of an ordinary transaction, if anything. Call once a transaction. */
  next(atMs: number): NewTransaction | undefined {
    if (this.#share === 0) return undefined
    this.#owed += this.#share
    if (this.#owed >= 0 && this.#waiting.length < WAITING_MAX) this.#start(atMs)
    const next = this.#waiting.at(-1)
    if (next === undefined || next.dueMs > atMs) return undefined
    this.#waiting.pop()
    return next.transaction
  }

  #start(atMs: number): void {
    const steps = SCENARIOS[this.#scene.random.pick(TYPOLOGIES)](this.#scene, atMs)
    this.#owed -= steps.filter(({ transaction }) => transaction.typology !== undefined).length
    for (const step of steps) this.#waiting.splice(this.#placeFor(step.dueMs), 0, step)
  }

  /** Before all steps that are due at the same time or sooner, so that those of one scenario keep their order. */
  #placeFor(dueMs: number): number {
    let low = 0
    let high = this.#waiting.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#waiting[middle] as ScenarioStep).dueMs > dueMs) low = middle + 1
      else high = middle
    }
    return low
  }
}
