import { hash } from 'node:crypto'

const HEX: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

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

const digestOf = (kind: string, text: string): Buffer => hash('sha256', `${kind}\n${text}`, 'buffer')

/** A UUID (version 8) that this text of this kind always gets. */
export function derivedUuid(kind: string, text: string): string {
  const digest = digestOf(kind, text)
  return uuidText(digest.readUInt32BE(0), digest.readUInt32BE(4), 8, digest.readUInt32BE(8), digest.readUInt32BE(12))
}

/**
 * The id of the n-th event of a transaction, the same whoever writes it. It begins with its time (version 7), so rows written
 * in time order stay together in an index; the rest is a hash, so no sender can choose another's.
 */
export function eventIdOf(transactionId: string, atMs: number, n: number): string {
  const digest = digestOf(`event ${n}`, transactionId)
  const low = ((atMs % 65_536) << 16) | digest.readUInt16BE(0)
  return uuidText(Math.floor(atMs / 65_536), low, 7, digest.readUInt32BE(2), digest.readUInt32BE(6))
}
