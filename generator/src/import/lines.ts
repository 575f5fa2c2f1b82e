import { LINE_MAX } from './encoding.ts'

/** A line as the file has it, without its end. */
export interface TextLine {
  /** From 1, empty lines included. */
  number: number
  /** Of a line that is too long only the beginning. */
  text: string
  isTooLong: boolean
}

/** What is kept of a line that is too long, for who looks for it. */
const SHOWN_MAX = 1_000

/** Splits text into lines at LF, CR LF and CR. It holds one line and one piece at a time. */
export async function* splitLines(pieces: AsyncIterable<string>): AsyncGenerator<TextLine> {
  let number = 0
  let held = ''
  let isTooLong = false
  const line = (text: string): TextLine => {
    number += 1
    const found = isTooLong ? { number, text: held, isTooLong } : { number, text, isTooLong: text.length > LINE_MAX }
    isTooLong = false
    return found.isTooLong ? { ...found, text: found.text.slice(0, SHOWN_MAX) } : found
  }
  for await (const piece of pieces) {
    const text: string = isTooLong ? piece : held + piece
    // The second half of a CR LF can be in the next piece.
    const end = text.endsWith('\r') ? text.length - 1 : text.length
    const parts = text.slice(0, end).split(/\r\n|\n|\r/)
    const rest = (parts.pop() ?? '') + text.slice(end)
    for (const part of parts) yield line(part)
    if (isTooLong) continue
    isTooLong = rest.length > LINE_MAX
    held = isTooLong ? rest.slice(0, SHOWN_MAX) : rest
  }
  if (isTooLong || held !== '') yield line(held.replace(/\r$/, ''))
}
