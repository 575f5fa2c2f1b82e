import { type ByteWriter } from '@fintech-streams/records'
import { EncodedTexts } from './encoded-texts.ts'

/** As many texts may be kept before any is looked at again. */
const SWEPT_MIN = 4_096

/**
 * Texts as small integers, so that a window holds numbers instead of texts. A text is kept as long as a window may be
 * open that has it.
 */
export class Texts {
  readonly #codes = new Map<string, number>()
  readonly #texts: string[] = []
  readonly #encoded = new EncodedTexts()
  #keptUntilMs = new Float64Array(SWEPT_MIN)
  readonly #free: number[] = []
  #sweepAt = SWEPT_MIN
  /** The latest end of a window that the texts of the event at hand may be in. */
  untilMs = 0
  /** Changes when codes may have been given to other texts. */
  generation = 0

  get size(): number {
    return this.#codes.size
  }

  /** A text's code, which it keeps until `untilMs`. */
  codeOf(text: string): number {
    const known = this.#codes.get(text)
    const code = known ?? this.#add(text)
    if (this.#keptUntilMs[code]! < this.untilMs) this.#keptUntilMs[code] = this.untilMs
    return code
  }

  /** As `codeOf`, of a text whose code is known. */
  keep(code: number): void {
    if (this.#keptUntilMs[code]! < this.untilMs) this.#keptUntilMs[code] = this.untilMs
  }

  /** The code of a text, -1 when nothing has it. */
  find(text: string): number {
    return this.#codes.get(text) ?? -1
  }

  text(code: number): string {
    return this.#texts[code]!
  }

  /** Writes a text as a JSON string. */
  writeJson(code: number, into: ByteWriter): void {
    this.#encoded.writeJson(code, into)
  }

  #add(text: string): number {
    const code = this.#free.pop() ?? this.#texts.length
    if (code >= this.#keptUntilMs.length) {
      const larger = new Float64Array(2 * this.#keptUntilMs.length)
      larger.set(this.#keptUntilMs)
      this.#keptUntilMs = larger
    }
    this.#texts[code] = text
    this.#encoded.set(code, text)
    this.#codes.set(text, code)
    this.#keptUntilMs[code] = Number.NEGATIVE_INFINITY
    return code
  }

  /** Forgets the texts that only closed windows have, once there are twice as many as after the last time. */
  sweep(watermarkMs: number): void {
    if (this.#codes.size < this.#sweepAt) return
    for (const [text, code] of this.#codes) {
      if (this.#keptUntilMs[code]! > watermarkMs) continue
      this.#codes.delete(text)
      this.#texts[code] = ''
      this.#free.push(code)
    }
    this.generation += 1
    this.#sweepAt = Math.max(SWEPT_MIN, 2 * this.#codes.size)
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
