import { expect, test } from 'vitest'
import { limits, sizes, warmCost } from './sizing.ts'

const account = {
  phases: [
    { name: 'burst 1', transactions: 10, used: { connect: 1 }, stored: {} },
    {
      name: 'burst 2',
      transactions: 1_000,
      used: {
        connect: 0.3,
        'connect: reading and decoding the WAL': 0.1,
        sink: 0.05,
        'postgres: for the sink': 0.15,
        generator: 1,
      },
      stored: { 'fintech.transactions': { bytes: 900_000 }, other: { bytes: 100_000 } },
    },
    { name: 'rest', transactions: 3, used: { connect: 9 }, stored: {} },
  ],
}

test('costs are those of the last burst', () => {
  const { us, brokerBytes } = warmCost(account)
  expect(us.get('connect')).toBeCloseTo(300)
  expect(brokerBytes).toBe(1_000)
})

test('processors are the load times the cost, 60 % busy, without the generator', () => {
  const peak = sizes(warmCost(account))
    .split('\n')
    .find((row) => row.startsWith('| peak |'))
  // 10,000/s times 300 and 50 µs; 10 million customers in state; 10 MB a second.
  expect(peak).toBe('| peak | 10,000 | 5.0 | 0.8 | 5.8 | 25 | 10.0 |')
})

test('what works in sequence ends where its parts together fill a core', () => {
  expect(limits(warmCost(account))).toContain('| sink, with its session | 200 | 5,000 |')
  expect(limits(warmCost(account))).toContain('| main connector: decoding | 40 | 25,000 |')
})

test('an account without a burst is refused', () => {
  expect(() => warmCost({ phases: [] })).toThrow(/--bursts/)
})
