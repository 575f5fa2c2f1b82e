import { unavailable } from '@fintech-streams/service'

export interface GatheredBounds {
  /** Groups of one kind that are being answered. */
  readonly atOnce: number
  /** Questions of one group. */
  readonly together: number
  /** Questions of all kinds that wait; more are refused. */
  readonly waiting: number
}

interface Waiting<Question, Answer> {
  readonly question: Question
  readonly resolve: (answer: Answer) => void
  readonly reject: (reason: unknown) => void
}

/** The questions that one group may have in common. */
interface Kind<Question, Answer> {
  readonly waiting: Waiting<Question, Answer>[]
  running: number
  /** A group starts when the event loop's turn ends, with all that has come by then. */
  starting: boolean
}

/**
 * Answers questions of one kind together: those that come in one turn of the event loop, and those that come while `atOnce`
 * groups are being answered. One that comes alone does not wait; and the busier it is, the less each of them costs.
 */
export class Gathered<Question, Answer> {
  readonly #bounds: GatheredBounds
  readonly #kindOf: (question: Question) => string
  readonly #answer: (questions: readonly Question[]) => Promise<readonly Answer[]>
  readonly #kinds = new Map<string, Kind<Question, Answer>>()
  #waiting = 0

  /** @param answer gives one answer a question, in their order; all of them are of one kind. */
  constructor(
    bounds: GatheredBounds,
    kindOf: (question: Question) => string,
    answer: (questions: readonly Question[]) => Promise<readonly Answer[]>,
  ) {
    this.#bounds = bounds
    this.#kindOf = kindOf
    this.#answer = answer
  }

  /** @throws Problem `unavailable` when too many wait; else what answering throws. */
  ask(question: Question): Promise<Answer> {
    if (this.#waiting >= this.#bounds.waiting) {
      return Promise.reject(unavailable(`${this.#bounds.waiting} requests wait for the database already`))
    }
    return new Promise((resolve, reject) => {
      const name = this.#kindOf(question)
      let kind = this.#kinds.get(name)
      if (kind === undefined) this.#kinds.set(name, (kind = { waiting: [], running: 0, starting: false }))
      kind.waiting.push({ question, resolve, reject })
      this.#waiting += 1
      if (!kind.starting && kind.running < this.#bounds.atOnce) this.#start(name, kind)
    })
  }

  #start(name: string, kind: Kind<Question, Answer>): void {
    kind.starting = true
    setImmediate(() => {
      kind.starting = false
      void this.#run(name, kind)
    })
  }

  async #run(name: string, kind: Kind<Question, Answer>): Promise<void> {
    kind.running += 1
    while (kind.waiting.length > 0) {
      const asked = kind.waiting.splice(0, this.#bounds.together)
      this.#waiting -= asked.length
      try {
        const answers = await this.#answer(asked.map(({ question }) => question))
        asked.forEach(({ resolve }, index) => resolve(answers[index]!))
      } catch (error) {
        for (const { reject } of asked) reject(error)
      }
    }
    kind.running -= 1
    if (kind.running === 0 && !kind.starting) this.#kinds.delete(name)
  }
}
