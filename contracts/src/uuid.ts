/** A UUID as 128 bits in four words, and the hash that tables of ids share. */

/** Words of a UUID in a typed array. Signed ones fit V8's small integers, so none is ever boxed. */
export const UUID_WORDS = 4
export type Words = Int32Array | Uint32Array

/** What a program accepts as a UUID, in any case; it keeps and writes the lower-case form. Without its bounds. */
export const UUID_PATTERN = '[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}'
const UUID = new RegExp(`^${UUID_PATTERN}$`)
const UPPER_CASE = /[A-F]/

/** The lower-case form of a UUID in any case; `undefined` for anything else. */
export function parseUuid(value: unknown): string | undefined {
  if (typeof value !== 'string' || value.length !== 36 || !UUID.test(value)) return undefined
  return UPPER_CASE.test(value) ? value.toLowerCase() : value
}

export const isUuid = (value: unknown): value is string => parseUuid(value) !== undefined

/** Writes a UUID that was checked before, in any case, as four words from `at` on. */
export function writeUuidWords(uuid: string, into: Words, at = 0): void {
  let word = 0
  let nibbles = 0
  for (let place = 0; place < 36; place += 1) {
    const code = uuid.charCodeAt(place)
    if (code === 45) continue
    word = (word << 4) | (code < 58 ? code - 48 : (code | 32) - 87)
    nibbles += 1
    if ((nibbles & 7) === 0) into[at + (nibbles >> 3) - 1] = word
  }
}

/** Writes four words as a lower-case UUID. */
export function formatUuidWords(words: Words, at = 0): string {
  let hex = ''
  for (let word = 0; word < UUID_WORDS; word += 1) hex += (words[at + word]! >>> 0).toString(16).padStart(8, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

/**
 * This process's own number. Ids are chosen by whoever sends them: with a hash that everybody can compute, a sender
 * could fill one slot of a table and make every look into it slow. Nothing that is written depends on it.
 */
export const HASH_SEED = crypto.getRandomValues(new Int32Array(1))[0]!

/** A well mixed 32-bit hash of a UUID's four words. */
export function hashUuidWords(words: Words, at = 0, seed = HASH_SEED): number {
  // Two halves at a time, since a processor can multiply for one while the other waits for its product.
  const first = mixed(mixed(seed ^ words[at]!) ^ words[at + 1]!)
  const second = mixed(mixed(~seed ^ words[at + 2]!) ^ words[at + 3]!)
  return mixed(first ^ ((second << 7) | (second >>> 25)))
}

function mixed(bits: number): number {
  const product = Math.imul(bits, 0x85ebca6b)
  const again = Math.imul(product ^ (product >>> 15), 0xc2b2ae35)
  return again ^ (again >>> 13)
}
