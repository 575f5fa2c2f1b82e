import { TextDecoder } from 'node:util'
import { BadStatement } from './statement.ts'

const DECLARED = /^\s*<\?xml[^>]*?\sencoding\s*=\s*["']([^"']+)["']/
const DECLARATION_BYTES = 256
const BYTE_ORDER_MARK = '\uFEFF'
/** Blanks, zeros and the end-of-file mark of old systems. */
const TRAILING = /[\s\0\u001A\uFEFF]+$/

/**
 * The text of a file: what its byte-order mark says, else what an XML declaration says, else UTF-8, and Windows-1252
 * where it is not valid UTF-8. Trailing blanks are left out.
 * @throws BadStatement when it is no text, or of an encoding that is not known.
 */
export function decodeText(bytes: Uint8Array): string {
  const text = decoded(bytes).replace(BYTE_ORDER_MARK, '').replace(TRAILING, '')
  if (text === '') throw new BadStatement('it is empty')
  if (text.includes('\0')) throw new BadStatement('it is not a text')
  return text
}

function decoded(bytes: Uint8Array): string {
  const wide = wideEncodingOf(bytes)
  if (wide !== undefined) return new TextDecoder(wide).decode(bytes)
  try {
    return decoderOf(declaredEncoding(bytes)).decode(bytes)
  } catch (error) {
    if (error instanceof BadStatement) throw error
    return new TextDecoder('windows-1252').decode(bytes)
  }
}

/** UTF-16 shows in its mark, or in the zero beside the first character. */
function wideEncodingOf([first, second]: Uint8Array): 'utf-16le' | 'utf-16be' | undefined {
  if ((first === 0xff && second === 0xfe) || (first !== 0 && second === 0)) return 'utf-16le'
  if ((first === 0xfe && second === 0xff) || (first === 0 && second !== 0)) return 'utf-16be'
  return undefined
}

/** A text that is read byte by byte is not UTF-16, whatever it declares: some tools keep the word when they convert. */
function declaredEncoding(bytes: Uint8Array): string {
  const start = new TextDecoder('latin1').decode(bytes.subarray(0, DECLARATION_BYTES))
  const declared = DECLARED.exec(start)?.[1] ?? 'utf-8'
  return /^(?:utf-?16|ucs-?2|iso-10646)/i.test(declared) ? 'utf-8' : declared
}

function decoderOf(encoding: string): TextDecoder {
  try {
    return new TextDecoder(encoding, { fatal: true })
  } catch {
    throw new BadStatement(`its encoding ${JSON.stringify(encoding)} is not known: save it as UTF-8`)
  }
}
