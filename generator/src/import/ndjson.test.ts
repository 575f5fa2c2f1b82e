import { describe, expect, it } from 'vitest'
import { jsonRecord } from './ndjson.ts'

const record = (text: string) => Object.fromEntries(jsonRecord(text))

describe('jsonRecord', () => {
  it('keeps every digit of a number', () => {
    expect(
      record('{"a":1795168800000000001,"b":12345678901234567890,"c":100.10,"d":1e21,"e":-0,"f":0.30000000000000004}'),
    ).toEqual({
      a: '1795168800000000001',
      b: '12345678901234567890',
      c: '100.10',
      d: '1e21',
      e: '-0',
      f: '0.30000000000000004',
    })
  })

  it('shows that a number’s point is no thousands separator', () => {
    expect(record('{"a":36.000,"b":"36.000"}')).toEqual({ a: '36.0000', b: '36.000' })
  })

  it('reads texts, truth values and nothing, and names what is nested', () => {
    const text = '{"a":"x","b":true,"c":null,"d":{"e":1,"f":{"g":2}},"h":[1,2],"__proto__":"p"}'
    expect([...jsonRecord(text)]).toEqual([
      ['a', 'x'],
      ['b', 'true'],
      ['d.e', '1'],
      ['d.f', '{"g":"2"}'],
      ['h', '["1","2"]'],
      ['__proto__', 'p'],
    ])
  })

  it.each([
    ['{"a":', 'not JSON'],
    ['', 'not JSON'],
    ['[1]', 'not a JSON object'],
    ['null', 'not a JSON object'],
    ['"x"', 'not a JSON object'],
    ['{"a":1,"a":2}', 'a name occurs twice'],
    ['{"a":{"x":1,"x":2},"b":"a:b","a":1}', 'a name occurs twice'],
    [`${'['.repeat(200_000)}${']'.repeat(200_000)}`, 'not'],
    [`${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`, 'not JSON'],
  ])('refuses %.40s', (text, reason) => {
    expect(() => jsonRecord(text)).toThrow(reason)
  })

  it('counts names only where they are names', () => {
    expect(record('{"a":"x\\"y:z{","b":{"c:d":1}}')).toEqual({ a: 'x"y:z{', 'b.c:d': '1' })
  })
})
