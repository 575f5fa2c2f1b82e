import { createHash } from 'node:crypto'

const TWO_32 = 4_294_967_296
const HEX: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

/**
 * A seeded stream of random numbers (sfc32, by Chris Doty-Humphrey): the same labels give the same numbers, on every
 * machine. Every part of the model has a stream of its own, so that a change in one moves nothing in the others.
 */
export class Random {
  #a: number
  #b: number
  #c: number
  #counter: number
  #spareGauss: number | undefined

  constructor(...labels: readonly (string | number)[]) {
    const digest = createHash('sha256').update(JSON.stringify(labels)).digest()
    this.#a = digest.readInt32LE(0)
    this.#b = digest.readInt32LE(4)
    this.#c = digest.readInt32LE(8)
    this.#counter = digest.readInt32LE(12)
  }

  /** 32 random bits. */
  bits(): number {
    const mixed = (((this.#a + this.#b) | 0) + this.#counter) | 0
    this.#counter = (this.#counter + 1) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + mixed
    this.#c |= 0
    return mixed >>> 0
  }

  /** Uniform in [0, 1), 53 bits. */
  unit(): number {
    return ((this.bits() >>> 5) * 67_108_864 + (this.bits() >>> 6)) / 9_007_199_254_740_992
  }

  /** Uniform in [low, high). */
  uniform(low: number, high: number): number {
    return low + (high - low) * this.unit()
  }

  /** A whole number from `low` to `high`, both included; the range must be below 2^32. */
  int(low: number, high: number): number {
    return low + Math.floor((this.bits() / TWO_32) * (high - low + 1))
  }

  /** True with this probability. */
  chance(probability: number): boolean {
    return this.unit() < probability
  }

  /** Normally distributed (Box-Muller). */
  gauss(mean: number, deviation: number): number {
    const spare = this.#spareGauss
    if (spare !== undefined) {
      this.#spareGauss = undefined
      return mean + deviation * spare
    }
    const radius = Math.sqrt(-2 * Math.log(1 - this.unit()))
    const angle = 2 * Math.PI * this.unit()
    this.#spareGauss = radius * Math.sin(angle)
    return mean + deviation * radius * Math.cos(angle)
  }

  /** One of the items, each as likely. @throws RangeError when there is none. */
  pick<T>(items: readonly T[]): T {
    if (items.length === 0) throw new RangeError('nothing to pick from')
    return items[this.int(0, items.length - 1)] as T
  }

  /** Up to `count` different items, in random order. */
  sample<T>(items: readonly T[], count: number): T[] {
    const pool = [...items]
    const taken = Math.min(count, pool.length)
    for (let at = 0; at < taken; at += 1) {
      const from = this.int(at, pool.length - 1)
      ;[pool[at], pool[from]] = [pool[from] as T, pool[at] as T]
    }
    return pool.slice(0, taken)
  }

  /** A UUID of version 4: random throughout. */
  uuid(): string {
    return uuidText(this.bits(), this.bits(), 4, this.bits(), this.bits())
  }

  /** A UUID of version 7: it begins with the time, so rows written in time order stay together in an index. */
  timedUuid(atMs: number): string {
    return uuidText(
      Math.floor(atMs / 65_536),
      ((atMs % 65_536) << 16) | (this.bits() & 0xffff),
      7,
      this.bits(),
      this.bits(),
    )
  }
}

/** 128 bits as a UUID; six of them give way to the version and the variant. */
export function uuidText(a: number, b: number, version: number, c: number, d: number): string {
  const versioned = (b & 0xfff) | (version << 12)
  const varied = (c & 0x3fffffff) | 0x80000000
  return `${hex32(a)}-${hex16(b >>> 16)}-${hex16(versioned)}-${hex16(varied >>> 16)}-${hex16(varied)}${hex32(d)}`
}

function hex16(value: number): string {
  return `${HEX[(value >>> 8) & 255]}${HEX[value & 255]}`
}

function hex32(value: number): string {
  return hex16(value >>> 16) + hex16(value)
}

/** Draws an item with a probability in proportion to its weight, in constant time: Walker's alias method (Vose). */
export class WeightedChoice<T> {
  readonly #items: readonly T[]
  /** The chance to keep the slot's own item instead of its alias. */
  readonly #keep: Float64Array
  readonly #alias: Uint32Array

  /** @throws RangeError when there is no item, or a weight that is not a positive number. */
  constructor(entries: readonly (readonly [item: T, weight: number])[]) {
    if (entries.length === 0) throw new RangeError('nothing to choose from')
    if (!entries.every(([, weight]) => Number.isFinite(weight) && weight > 0)) {
      throw new RangeError('a weight is not a positive number')
    }
    const total = entries.reduce((sum, [, weight]) => sum + weight, 0)
    this.#items = entries.map(([item]) => item)
    this.#keep = Float64Array.from(entries, ([, weight]) => (weight * entries.length) / total)
    this.#alias = Uint32Array.from(entries, (_, slot) => slot)
    const small: number[] = []
    const large: number[] = []
    this.#keep.forEach((share, slot) => (share < 1 ? small : large).push(slot))
    while (small.length > 0 && large.length > 0) {
      const under = small.pop() as number
      const over = large.at(-1) as number
      this.#alias[under] = over
      this.#keep[over] = this.#at(over) - (1 - this.#at(under))
      if (this.#at(over) < 1) small.push(large.pop() as number)
    }
    // What remains differs from 1 by rounding only.
    for (const slot of [...small, ...large]) this.#keep[slot] = 1
  }

  #at(slot: number): number {
    return this.#keep[slot] as number
  }

  pick(random: Random): T {
    const slot = random.int(0, this.#items.length - 1)
    const chosen = random.unit() < this.#at(slot) ? slot : (this.#alias[slot] as number)
    return this.#items[chosen] as T
  }
}

/** A `WeightedChoice` of an object's keys by its values. */
export function choiceOf<K extends string>(weights: Readonly<Record<K, number>>): WeightedChoice<K> {
  return new WeightedChoice(Object.entries(weights) as [K, number][])
}
