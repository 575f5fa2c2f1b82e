import fc from 'fast-check'
import { expect, test } from 'vitest'
import { KeyTable, NONE } from './key-table.ts'
import { PAGE_SHIFT, RecordPages, wordOf } from './record-pages.ts'
import { UUID_WORDS } from '@fintech-streams/contracts'

/** A table over one page, whose record of number n has the key n; beside it a map that says what it must hold. */
class Tested {
  readonly records = new RecordPages()
  readonly table = new KeyTable(this.records)
  readonly present = new Map<number, number>()
  readonly #hash: (n: number) => number
  readonly #key = new Int32Array(UUID_WORDS)

  constructor(pages: number, hash: (n: number) => number) {
    for (let page = 0; page < pages; page += 1) this.records.addPage()
    this.#hash = hash
    for (let n = 0; n < pages << PAGE_SHIFT; n += 1) this.records.words[n >> PAGE_SHIFT]![wordOf(n) + 3] = n
  }

  insert(n: number): void {
    if (this.present.has(n)) return
    this.table.insert(this.#hash(n), n)
    this.present.set(n, n)
  }

  remove(n: number): void {
    if (!this.present.delete(n)) return
    this.table.remove(this.#hash(n), n)
  }

  find(n: number): number {
    this.#key[3] = n
    return this.table.find(this.#key, 0, this.#hash(n))
  }

  #keyOf(ref: number): number {
    return this.records.words[ref >> PAGE_SHIFT]![wordOf(ref) + 3]!
  }

  expectSame(among: number): void {
    expect(this.table.size).toBe(this.present.size)
    for (let n = 0; n < among; n += 1) {
      expect(this.find(n)).toBe(this.present.get(n) ?? NONE)
      // Of another key, perhaps, but never of another hash; and there is one if the key is there.
      const first = this.table.firstOf(this.#hash(n))
      if (first === NONE) expect(this.present.has(n)).toBe(false)
      else expect(this.#hash(this.#keyOf(first))).toBe(this.#hash(n))
    }
  }
}

test('holds what was inserted and not removed, also among keys of few hashes', () => {
  const keys = 400
  const change = fc.record({ isInsert: fc.boolean(), n: fc.nat(keys - 1) })
  fc.assert(
    fc.property(
      fc.array(change, { maxLength: 600, size: 'max' }),
      fc.constantFrom(1, 7, 64, 1_000),
      (changes, hashes) => {
        // The highest bits, too: hashes are signed.
        const tested = new Tested(1, (n) => Math.imul(n % hashes, 0x9e3779b1))
        for (const { isInsert, n } of changes) {
          if (isInsert) tested.insert(n)
          else tested.remove(n)
        }
        tested.expectSame(keys)
      },
    ),
    { numRuns: 60 },
  )
})

test('grows and shrinks a few entries at a time, and finds everything meanwhile', () => {
  const keys = 1 << PAGE_SHIFT
  const tested = new Tested(1, (n) => Math.imul(n, 0x9e3779b1))
  let movingChanges = 0
  const look = (n: number): void => {
    if (!tested.table.isMoving) return
    movingChanges += 1
    // One of each end and one that is not there.
    expect(tested.find(0)).toBe(tested.present.get(0) ?? NONE)
    expect(tested.find(n)).toBe(tested.present.get(n) ?? NONE)
    expect(tested.find(keys)).toBe(NONE)
  }
  for (let n = 0; n < keys; n += 1) {
    tested.insert(n)
    look(n)
  }
  tested.expectSame(keys)
  const largestBytes = tested.table.bytes
  for (let n = keys - 1; n >= 0; n -= 1) {
    tested.remove(n)
    look(n)
  }
  tested.expectSame(keys)
  expect(movingChanges).toBeGreaterThan(500)
  expect(tested.table.bytes).toBeLessThan(largestBytes / 20)
})

test('a record can stand in for another', () => {
  const tested = new Tested(1, (n) => n)
  for (let n = 0; n < 1_000; n += 1) tested.insert(n)
  tested.table.replace(5, 5, 7_000)
  tested.records.words[0]![wordOf(7_000) + 3] = 5
  tested.present.set(5, 7_000)
  tested.expectSame(1_000)
})
