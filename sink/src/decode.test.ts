import { describe, expect, test } from 'vitest'
import { decodeRow, MalformedResult } from './decode.ts'
import { type ResultDeclaration, sinkTables } from './tables.ts'

const spec: ResultDeclaration = {
  key: ['id', 'at'],
  fields: {
    id: 'id',
    at: 'time',
    name: 'text',
    n: 'count',
    score: 'ratio',
    total: 'money',
    average: 'money?',
    flag: 'boolean',
    by_type: 'distribution',
    flags: 'list',
    evidence: 'object',
  },
}
const table = sinkTables(new Map([['trial', spec]]))[0]!
const good = {
  id: '00000000-0000-4000-8000-000000000001',
  at: '2026-11-20T13:31:00.000Z',
  name: 'x',
  n: 3,
  score: 0.25,
  total: '12.50',
  average: '6.25',
  flag: false,
  by_type: { a: 1 },
  flags: ['a'],
  evidence: {},
}

const decode = (value: unknown) => decodeRow(table, Buffer.from(JSON.stringify(value)))

function reasonOf(act: () => unknown): string {
  try {
    act()
  } catch (error) {
    if (error instanceof MalformedResult) return `${error.reason}: ${error.message}`
    throw error
  }
  return 'accepted'
}

test('a good record goes to Postgres as it came', () => {
  const json = JSON.stringify(good, undefined, 1)
  expect(decodeRow(table, Buffer.from(json))).toEqual({ json, identity: JSON.stringify([good.id, good.at]) })
})

test('records of one key have one identity, others another', () => {
  expect(decode({ ...good, n: 4 }).identity).toBe(decode(good).identity)
  expect(decode({ ...good, at: '2026-11-20T13:32:00.000Z' }).identity).not.toBe(decode(good).identity)
})

test('a nullable field may be null or absent, and unknown fields do not matter', () => {
  expect(reasonOf(() => decode({ ...good, average: null }))).toBe('accepted')
  expect(reasonOf(() => decode({ ...good, average: undefined }))).toBe('accepted')
  expect(reasonOf(() => decode({ ...good, more: 1 }))).toBe('accepted')
})

describe('is refused with a reason', () => {
  test.for<[Buffer | null, string]>([
    [null, 'no_value'],
    [Buffer.from('{'), 'not_json'],
    [Buffer.from(''), 'not_json'],
    [Buffer.from('[]'), 'not_an_object'],
    [Buffer.from('null'), 'not_an_object'],
    [Buffer.from('1'), 'not_an_object'],
  ])('%s', ([value, reason]) => {
    expect(reasonOf(() => decodeRow(table, value))).toContain(`${reason}: `)
  })

  test.for<[keyof typeof good, unknown]>([
    ['id', 'not-a-uuid'],
    ['id', 1],
    ['at', '2026-11-20'],
    ['at', '2026-11-20T13:31:00+01:00'],
    ['name', 1],
    ['n', 1.5],
    ['n', '3'],
    ['score', '0.25'],
    ['total', 12.5],
    ['total', '12,50'],
    ['total', '1e3'],
    ['average', 1],
    ['flag', 'true'],
    ['by_type', []],
    ['flags', {}],
    ['evidence', 'text'],
  ])('%s of %j', ([name, value]) => {
    expect(reasonOf(() => decode({ ...good, [name]: value }))).toContain(`bad_value: ${name} is`)
  })

  test.for(Object.keys(good).filter((name) => name !== 'average'))('no %s', (name) => {
    expect(reasonOf(() => decode({ ...good, [name]: null }))).toBe(`missing_field: ${name} is missing or null`)
  })
})
