import { describe, expect, test } from 'vitest'
import { decodeText } from './encoding.ts'
import { readStatements } from './formats.ts'
import { BadStatement } from './statement.ts'

const CSV = [
  'Kontoauszug;NORTHBANK;19.11.2026',
  'Buchungstag;Wertstellung;Umsatzart;Gegenkonto;Verwendungszweck;Betrag;Währung;Bankreferenz',
  '19.11.2026;19.11.2026;EINZELPOSTEN;Bäckerei Groß;Brötchen für 3 Tage;-12,50;EUR;NB-1',
].join('\n')
const camt = (
  declaration: string,
): string => `${declaration}<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02">
  <BkToCstmrStmt><Stmt><Id>S</Id><CreDtTm>2026-11-19T20:00:00</CreDtTm>
  <Ntry><Amt Ccy="EUR">12.50</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts>BOOK</Sts>
  <NtryDtls><TxDtls><RltdPties><Cdtr><Nm>Bäckerei Groß</Nm></Cdtr></RltdPties></TxDtls></NtryDtls></Ntry>
  </Stmt></BkToCstmrStmt></Document>`

const utf16be = (text: string): Buffer => Buffer.from(text, 'utf16le').swap16()
const bytes = (...parts: (Buffer | readonly number[])[]): Buffer =>
  Buffer.concat(parts.map((part) => Buffer.from(part)))
const latin = (text: string): Buffer => Buffer.from(text, 'latin1')

describe('a name is whole, whatever the encoding', () => {
  test.each([
    ['UTF-8', Buffer.from(CSV)],
    ['UTF-8 with a mark', bytes([0xef, 0xbb, 0xbf], Buffer.from(CSV))],
    ['UTF-16 with a mark', bytes([0xff, 0xfe], Buffer.from(CSV, 'utf16le'))],
    ['UTF-16 with a mark, the other way round', bytes([0xfe, 0xff], utf16be(CSV))],
    ['UTF-16 without a mark', Buffer.from(CSV, 'utf16le')],
    ['UTF-16 without a mark, the other way round', utf16be(CSV)],
    ['Windows-1252, which says nothing', latin(CSV)],
    ['XML that says UTF-8', Buffer.from(camt('<?xml version="1.0" encoding="UTF-8"?>'))],
    ['XML that says ISO-8859-1', latin(camt('<?xml version="1.0" encoding="ISO-8859-1"?>'))],
    ['XML that says windows-1252', latin(camt(`<?xml version='1.0' encoding='windows-1252' standalone='yes'?>`))],
    ['XML that says nothing, in UTF-8', Buffer.from(camt(''))],
    ['XML that says nothing, in Windows-1252', latin(camt(''))],
    [
      'XML that says UTF-16 and is',
      bytes([0xff, 0xfe], Buffer.from(camt('<?xml version="1.0" encoding="UTF-16"?>'), 'utf16le')),
    ],
    ['XML that says UTF-16 and was converted', Buffer.from(camt('<?xml version="1.0" encoding="utf-16"?>'))],
    ['XML that says UTF-8 and is not', latin(camt('<?xml version="1.0" encoding="utf-8"?>'))],
    ['a mark before blanks and a declaration', bytes([0xef, 0xbb, 0xbf], Buffer.from(`\r\n${camt('')}`))],
  ])('%s', (_, content) => {
    const [statement, ...others] = readStatements(content)
    expect(others).toEqual([])
    expect(statement?.rejected).toEqual([])
    expect(statement?.lines).toMatchObject([{ counterparty: 'Bäckerei Groß', amountMinor: 1_250, direction: 'DBIT' }])
  })
})

test('what is behind the text is left out', () => {
  for (const end of ['', '\n', '\r\n\r\n', '\u001A', '\0\0\0', '  \t\n\u001A\0']) {
    expect(decodeText(Buffer.from(`HDR${end}`))).toBe('HDR')
  }
  expect(readStatements(Buffer.from(`${camt('')}\n-- end of file --\n`))).toHaveLength(1)
})

test.each([
  ['nothing', Buffer.alloc(0), /it is empty/],
  ['blanks', Buffer.from(' \r\n\u001A'), /it is empty/],
  ['bytes', Buffer.from([0x25, 0x50, 0x44, 0x46, 0x00, 0x01, 0x41]), /not a text/],
  [
    'an encoding that nobody knows',
    Buffer.from('<?xml version="1.0" encoding="EBCDIC-273"?><a/>'),
    /"EBCDIC-273" is not known/,
  ],
  ['two documents', Buffer.from(camt('') + camt('')), /not well-formed/],
])('%s: refused', (_, content, reason) => {
  expect(() => readStatements(content)).toThrow(BadStatement)
  expect(() => readStatements(content)).toThrow(reason)
})
