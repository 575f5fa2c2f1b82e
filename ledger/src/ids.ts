import { hash } from 'node:crypto'

/** 32 hexadecimal digits as a UUID; two of them give way to the version and the variant. */
function uuidOf(digits: string, version: number): string {
  const variant = '89ab'.charAt(parseInt(digits.charAt(16), 16) & 3)
  const [third, fourth] = [digits.slice(13, 16), digits.slice(17, 20)]
  return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-${version}${third}-${variant}${fourth}-${digits.slice(20, 32)}`
}

/** A UUID (version 8) that this text of this kind always gets. */
export function derivedUuid(kind: string, text: string): string {
  return uuidOf(hash('sha256', `${kind}\n${text}`), 8)
}

/**
 * The id of the n-th event of a transaction, the same whoever writes it. It begins with its time (version 7), so rows written
 * in time order stay together in an index; the rest is a hash, so no sender can choose another's.
 */
export function eventIdOf(transactionId: string, atMs: number, n: number): string {
  return uuidOf(atMs.toString(16).padStart(12, '0') + hash('sha256', `event ${n}\n${transactionId}`).slice(12), 7)
}
