import { type Random } from './random.ts'

type Row = Record<string, unknown>

export const MUTATIONS = ['byte flips', 'field deletion', 'type change', 'value change'] as const
export type Mutation = (typeof MUTATIONS)[number]

const OTHER_TYPES: readonly unknown[] = [null, true, 0, -1, 1e300, '', 'x', [], [null], {}, { a: 1 }]
const OTHER_VALUES = [
  '',
  ' ',
  '0',
  '-0.01',
  '1e3',
  '9'.repeat(400),
  '99999999999999.99',
  '1.005',
  'NaN',
  'null',
  '{"country":1,"city":null}',
  '{"country":"__proto__","city":"constructor"}',
  'zzzzzzzz-0000-4000-8000-000000000000',
  '2026-02-30T00:00:00.000Z',
  '9999-12-31T23:59:59.999Z',
  '0099-01-01T00:00:00.000Z',
  '1969-12-31T23:59:59.999Z',
  '\ud800',
  'ключ\u0000🔑',
] as const

/** Damages a good row in one way; what comes out may still be good. */
export function mutate(random: Random, mutation: Mutation, row: Row): Buffer {
  const field = random.pick(Object.keys(row))
  switch (mutation) {
    case 'byte flips':
      return flipBits(random, Buffer.from(JSON.stringify(row)))
    case 'field deletion':
      return Buffer.from(JSON.stringify({ ...row, [field]: undefined }))
    case 'type change':
      return Buffer.from(JSON.stringify({ ...row, [field]: random.pick(OTHER_TYPES) }))
    case 'value change':
      return Buffer.from(JSON.stringify({ ...row, [field]: random.pick(OTHER_VALUES) }))
  }
}

function flipBits(random: Random, bytes: Buffer): Buffer {
  for (let flips = 1 + random.whole(3); flips > 0; flips -= 1) {
    const at = random.whole(bytes.length)
    bytes[at] = (bytes[at] ?? 0) ^ (1 << random.whole(8))
  }
  return bytes
}
