import { unavailable } from '../http/problem.ts'

interface Waiting<Question, Answer> {
  readonly question: Question
  readonly resolve: (answer: Answer) => void
  readonly reject: (reason: unknown) => void
}

/**
 * Answers questions of one kind together. While fewer than `atOnce` are being answered the next one starts at once; those
 * that come meanwhile wait and go together, `together` at most. So the busier it is, the less each of them costs.
 */
export class Gathered<Question, Answer> {
  readonly #bounds: { readonly atOnce: number; readonly together: number; readonly waiting: number }
  readonly #answer: (questions: readonly Question[]) => Promise<readonly Answer[]>
  readonly #waiting: Waiting<Question, Answer>[] = []
  #running = 0

  /** @param answer gives one answer a question, in their order. */
  constructor(
    bounds: { readonly atOnce: number; readonly together: number; readonly waiting: number },
    answer: (questions: readonly Question[]) => Promise<readonly Answer[]>,
  ) {
    this.#bounds = bounds
    this.#answer = answer
  }

  /** @throws Problem `unavailable` when too many wait; else what answering throws. */
  ask(question: Question): Promise<Answer> {
    if (this.#waiting.length >= this.#bounds.waiting) {
      return Promise.reject(unavailable(`${this.#bounds.waiting} requests wait for the database already`))
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ question, resolve, reject })
      if (this.#running < this.#bounds.atOnce) void this.#run()
    })
  }

  async #run(): Promise<void> {
    this.#running += 1
    while (this.#waiting.length > 0) {
      const asked = this.#waiting.splice(0, this.#bounds.together)
      try {
        const answers = await this.#answer(asked.map(({ question }) => question))
        asked.forEach(({ resolve }, index) => resolve(answers[index]!))
      } catch (error) {
        for (const { reject } of asked) reject(error)
      }
    }
    this.#running -= 1
  }
}
