import { isUtf8 } from 'node:buffer'
import { type Content } from './schema.ts'

/** More of one key or value is not shown. */
const TEXT_BYTES_MAX = 32 << 10
const BINARY_BYTES_MAX = 512

/** What a key or a value holds, as far as it can be told by looking. */
export function contentOf(bytes: Buffer | null): Content {
  if (bytes === null) return { format: 'null', text: '', bytes: 0, truncated: false }
  const { length } = bytes
  if (!isUtf8(bytes)) {
    const text = bytes.subarray(0, BINARY_BYTES_MAX).toString('hex')
    return { format: 'binary', text, bytes: length, truncated: length > BINARY_BYTES_MAX }
  }
  const text = bytes.toString('utf8')
  if (length > TEXT_BYTES_MAX) {
    // A cut may fall within a character.
    const shown = bytes
      .subarray(0, TEXT_BYTES_MAX)
      .toString('utf8')
      .replace(/\uFFFD$/, '')
    return { format: 'text', text: shown, bytes: length, truncated: true }
  }
  return { format: isJson(text) ? 'json' : 'text', text, bytes: length, truncated: false }
}

function isJson(text: string): boolean {
  if (!/^\s*[[{]/.test(text)) return false
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
