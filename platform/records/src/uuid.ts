/** Keys are 128 bits in four signed 32-bit words: signed ones fit V8's small integers, so none is ever boxed. */
export const KEY_WORDS = 4

/**
 * Reads a UUID in its usual form, upper or lower case, into four words.
 * @returns false when the text is no UUID; `into` then holds anything.
 */
export function parseUuid(text: string, into: Int32Array, at: number): boolean {
  if (text.length !== 36) return false
  let word = 0
  let nibbles = 0
  for (let place = 0; place < 36; place += 1) {
    const code = text.charCodeAt(place)
    if (place === 8 || place === 13 || place === 18 || place === 23) {
      if (code !== 45) return false
      continue
    }
    let nibble = code - 48
    if (nibble < 0 || nibble > 9) {
      nibble = (code | 32) - 87
      if (nibble < 10 || nibble > 15) return false
    }
    word = (word << 4) | nibble
    nibbles += 1
    if ((nibbles & 7) === 0) into[at + (nibbles >> 3) - 1] = word
  }
  return true
}

/** Writes four words as a lower-case UUID. */
export function formatUuid(words: Int32Array, at: number): string {
  let hex = ''
  for (let word = 0; word < KEY_WORDS; word += 1) hex += (words[at + word]! >>> 0).toString(16).padStart(8, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

/** A well mixed 32-bit hash of a key; the seed is a process's own, so that nobody can choose keys that collide. */
export function hashKey(words: Int32Array, at: number, seed: number): number {
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
