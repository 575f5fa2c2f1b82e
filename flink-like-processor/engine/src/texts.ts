import { type ByteWriter } from '@fintech-streams/records'
import { Dictionary } from './dictionary.ts'
import { EncodedTexts } from './encoded-texts.ts'

/** As many texts may be kept before any is looked at again. */
const SWEPT_MIN = 4_096

/**
 * Texts as small integers, so that a window holds numbers instead of texts. A text is kept as long as a window may be
 * open that has it.
 */
export class Texts {
  readonly #dictionary = new Dictionary()
  readonly #encoded = new EncodedTexts()
  #keptUntilMs = new Float64Array(SWEPT_MIN)
  #sweepAt = SWEPT_MIN
  /** The latest end of a window that the texts of the event at hand may be in. */
  untilMs = 0
  /** Changes when codes may have been given to other texts. */
  generation = 0

  get size(): number {
    return this.#dictionary.size
  }

  /** A text's code, which it keeps until `untilMs`. */
  codeOf(text: string): number {
    const known = this.#dictionary.find(text)
    const code = known === -1 ? this.#add(text) : known
    this.keep(code)
    return code
  }

  /** As `codeOf`, of a text whose code is known. */
  keep(code: number): void {
    if (this.#keptUntilMs[code]! < this.untilMs) this.#keptUntilMs[code] = this.untilMs
  }

  /** The code of a text, -1 when nothing has it. */
  find(text: string): number {
    return this.#dictionary.find(text)
  }

  text(code: number): string {
    return this.#dictionary.text(code)
  }

  /** Writes a text as a JSON string. */
  writeJson(code: number, into: ByteWriter): void {
    this.#encoded.writeJson(code, into)
  }

  #add(text: string): number {
    const code = this.#dictionary.add(text)
    if (code >= this.#keptUntilMs.length) {
      const larger = new Float64Array(2 * this.#keptUntilMs.length)
      larger.set(this.#keptUntilMs)
      this.#keptUntilMs = larger
    }
    this.#encoded.set(code, text)
    this.#keptUntilMs[code] = Number.NEGATIVE_INFINITY
    return code
  }

  /** Forgets the texts that only closed windows have, once there are twice as many as after the last time. */
  sweep(watermarkMs: number): void {
    if (this.size < this.#sweepAt) return
    for (const code of this.#dictionary.numbers()) {
      if (this.#keptUntilMs[code]! <= watermarkMs) this.#dictionary.remove(code)
    }
    this.generation += 1
    this.#sweepAt = Math.max(SWEPT_MIN, 2 * this.size)
  }
}

/** What an aggregate reads of an event: one of its fields, or a function of it. */
export type Field<E, V> = (keyof E & string) | ((event: E) => V)

export function reader<E, V>(field: Field<E, V>): (event: E) => V {
  if (typeof field === 'function') return field
  return (event) => event[field] as V
}

/** The codes of a field of events: neighbouring events often have the same text. */
export class TextField<E> {
  readonly #texts: Texts
  readonly #read: (event: E) => string | undefined
  #lastText: string | undefined
  #lastCode = -1
  #generation = -1

  constructor(texts: Texts, field: Field<E, string | undefined>) {
    this.#texts = texts
    this.#read = reader(field)
  }

  /** @returns -1 where the event has none. */
  codeOf(event: E): number {
    const text = this.#read(event)
    if (text === undefined) return -1
    const texts = this.#texts
    if (text === this.#lastText && this.#generation === texts.generation) {
      texts.keep(this.#lastCode)
      return this.#lastCode
    }
    this.#lastText = text
    this.#generation = texts.generation
    return (this.#lastCode = texts.codeOf(text))
  }
}
