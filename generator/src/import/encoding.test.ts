import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { isEncoding, readText } from './encoding.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'encoding-'))
})
afterEach(() => rm(directory, { recursive: true }))

async function read(bytes: Buffer, encoding?: string): Promise<string> {
  const path = join(directory, 'file')
  await writeFile(path, bytes)
  let text = ''
  for await (const piece of readText(path, encoding)) text += piece
  return text
}

const TEXT = 'name;betrag\r\nMüller & Söhne;12,50 €\r\nŽižek;1\n'
const mark = Buffer.from('\uFEFF')
const swapped = (text: string): Buffer => Buffer.from(text, 'utf16le').swap16()

describe('readText', () => {
  it.each([
    ['UTF-8', Buffer.from(TEXT)],
    ['UTF-8 with a mark', Buffer.concat([mark, Buffer.from(TEXT)])],
    ['UTF-16 with a mark', Buffer.from(`\uFEFF${TEXT}`, 'utf16le')],
    ['UTF-16 without one', Buffer.from(TEXT, 'utf16le')],
    ['UTF-16 of the other order with a mark', swapped(`\uFEFF${TEXT}`)],
    ['UTF-16 of the other order without one', swapped(TEXT)],
  ])('knows %s', async (_, bytes) => {
    expect(await read(bytes)).toBe(TEXT)
  })

  it('reads a line that is not UTF-8 as Windows-1252, and only that line', async () => {
    const west = Buffer.from([0x4d, 0xfc, 0x6c, 0x6c, 0x65, 0x72, 0x20, 0x80, 0x39, 0x0a])
    expect(await read(Buffer.concat([Buffer.from('Žižek\n'), west, Buffer.from('Søren\n')]))).toBe(
      'Žižek\nMüller €9\nSøren\n',
    )
    // Without a line end at the end of the file.
    expect(await read(west.subarray(0, -1))).toBe('Müller €9')
  })

  it('reads the encoding that a mapping states', async () => {
    expect(await read(Buffer.from([0x8a, 0x6b, 0x6f]), 'windows-1250')).toBe('Ško')
    expect(await read(Buffer.from([0xc3, 0xbc]), 'latin1')).toBe('Ã¼')
    expect(['utf-8', 'latin1', 'utf-16be', 'windows-1250'].every(isEncoding)).toBe(true)
    expect(isEncoding('ebcdic')).toBe(false)
  })

  it('keeps characters whole that are in two pieces of the file', async () => {
    const text = `${'ü'.repeat(70_001)}\n${'x€'.repeat(100_000)}\n`
    expect(await read(Buffer.from(text))).toBe(text)
    expect(await read(Buffer.from(`x${text}`, 'utf16le'))).toBe(`x${text}`)
  })

  it('reads an empty file', async () => {
    expect(await read(Buffer.alloc(0))).toBe('')
  })
})
