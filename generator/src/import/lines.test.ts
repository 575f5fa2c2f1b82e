import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LINE_MAX } from './encoding.ts'
import { splitLines, type TextLine } from './lines.ts'

async function split(...pieces: string[]): Promise<TextLine[]> {
  async function* all() {
    yield* pieces
  }
  const lines: TextLine[] = []
  for await (const line of splitLines(all())) lines.push(line)
  return lines
}

const texts = (lines: readonly TextLine[]): string[] => lines.map(({ text }) => text)

describe('splitLines', () => {
  it('splits at each kind of line end, empty lines included', async () => {
    expect(texts(await split('a\nb\r\nc\rd\n\n\r\ne'))).toEqual(['a', 'b', 'c', 'd', '', '', 'e'])
    expect(texts(await split('a\n'))).toEqual(['a'])
    expect(texts(await split('a\r'))).toEqual(['a'])
    expect(texts(await split(''))).toEqual([])
  })

  it('gives the same lines and numbers wherever the text is cut', async () => {
    const part = fc.constantFrom('a', 'bc', '\n', '\r', '\r\n', '\n\r')
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 30 }), fc.array(fc.nat(60)), async (parts, cuts) => {
        const text = parts.join('')
        const at = [0, ...cuts.map((cut) => Math.min(cut, text.length)).sort((a, b) => a - b), text.length]
        const pieces = at.slice(1).map((end, n) => text.slice(at[n], end))
        const lines = await split(...pieces)
        const expected = text.split(/\r\n|\n|\r/)
        if (expected.at(-1) === '') expected.pop()
        expect(texts(lines)).toEqual(expected)
        expect(lines.map(({ number }) => number)).toEqual(expected.map((_, n) => n + 1))
      }),
    )
  })

  it('drops what is too long of a line, and counts on', async () => {
    const long = 'x'.repeat(LINE_MAX)
    const lines = await split('a\n', long, 'y', long, '\nb\n', `${long}y\nc`)
    expect(lines.map(({ number, text, isTooLong }) => [number, text.length, isTooLong])).toEqual([
      [1, 1, false],
      [2, 1_000, true],
      [3, 1, false],
      [4, 1_000, true],
      [5, 1, false],
    ])
  })
})
