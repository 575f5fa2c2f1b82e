import { analyticsTopic, JOB_IDS, RESULTS, type JobId } from '@fintech-streams/contracts'
import { describe, expect, test } from 'vitest'
import { expectedDeadLetters, expectedLate, expectedResults, type Expected } from '../oracle/recompute.ts'
import { CONTRACT_RULES as RULES, at, intakeOf, row, uuid } from '../rows.ts'
import {
  compare,
  DEAD_LETTER_OPTIONS,
  isFlawless,
  LATE_OPTIONS,
  resultOptions,
  type CompareOptions,
  type Found,
} from './compare.ts'
import { DEAD_LETTER_SHAPE, differences, LATE_SHAPE, resultShape } from './shape.ts'

/** Eleven transactions of two customers over an hour, one of them late, and a pattern deviation at the end. */
const intake = intakeOf([
  ...Array.from({ length: 10 }, (_, n) =>
    row(n + 1, { created_at: at(`12:${10 + n}:00`), compliance_flags: n % 3 ? [] : ['HIGH_RISK'] }),
  ),
  row(11, { created_at: at('12:10:30'), customer_id: uuid(7) }),
  row(12, { created_at: at('12:20:00'), merchant_category: 'JEWELS', amount_usd: '100.00' }),
  row(13, { created_at: at('14:00:00') }),
])

const freeText = { description: 'words', evidence: { any: 1 }, detail: 'words' }

/** What a processor that makes no mistake would have written. */
function faultless(expected: readonly Expected[], shape: object): Found[] {
  return expected.map(({ key, value }) => {
    const free = Object.fromEntries(Object.entries(freeText).filter(([name]) => name in shape))
    const reason = value['reason'] instanceof Set ? { reason: [...(value['reason'] as Set<string>)][0] } : {}
    return { key, value: JSON.stringify({ ...value, ...free, ...reason }) }
  })
}

const optionsOf = (job: JobId, keeps: CompareOptions['keeps'] = 'every'): CompareOptions => ({
  ...resultOptions(analyticsTopic(job), RESULTS[job].fields),
  keeps,
})

/** The faults found after `alter` changed the faultless records of a job. */
async function faultsAfter(job: JobId, alter: (found: Found[]) => Found[], keeps: CompareOptions['keeps'] = 'every') {
  const expected = [...expectedResults(job, [intake], RULES)]
  const options = optionsOf(job, keeps)
  const { missing, duplicate, wrong, unexpected, examples } = await compare(
    expected,
    alter(faultless(expected, options.shape)),
    options,
  )
  return { missing, duplicate, wrong, unexpected, examples }
}

/** The first record with some fields changed. */
const changed = (found: Found[], change: Record<string, unknown>): Found[] =>
  found.map(({ key, value }, n) =>
    n === 0 ? { key, value: JSON.stringify({ ...(JSON.parse(value ?? '') as object), ...change }) } : { key, value },
  )

test.each(JOB_IDS)('the right results of %s have no fault', async (job) => {
  const expected = [...expectedResults(job, [intake], RULES)]
  expect(expected.length).toBeGreaterThan(0)
  for (const keeps of ['every', 'latest'] as const) {
    const comparison = await compare(
      expected,
      faultless(expected, resultShape(RESULTS[job].fields)),
      optionsOf(job, keeps),
    )
    expect(comparison).toMatchObject({ missing: 0, duplicate: 0, wrong: 0, unexpected: 0, examples: [] })
    expect(comparison.found).toBe(expected.length)
    expect(comparison.expected).toBe(expected.filter(({ required }) => required).length)
    expect(isFlawless(comparison)).toBe(true)
  }
})

describe.each(JOB_IDS)('in %s', (job) => {
  const none = { missing: 0, duplicate: 0, wrong: 0, unexpected: 0 }

  test('a record left out is missing', async () => {
    expect(await faultsAfter(job, (found) => found.slice(1))).toMatchObject({ ...none, missing: 1 })
  })

  test('a record written twice is a duplicate', async () => {
    expect(await faultsAfter(job, (found) => [...found, ...found.slice(0, 1)])).toMatchObject({ ...none, duplicate: 1 })
  })

  test('a second version of a record is a duplicate', async () => {
    const twice = (found: Found[]) => [...found, ...changed(found, { transaction_count: 99 }).slice(0, 1)]
    expect(await faultsAfter(job, twice)).toMatchObject({ ...none, duplicate: 1 })
  })

  test('a record under a key that nobody expects is unexpected', async () => {
    const stray = (found: Found[]) => [...found, { key: '{}', value: '{}' }]
    expect(await faultsAfter(job, stray)).toMatchObject({ ...none, unexpected: 1 })
  })

  test('a key in another order is missing and unexpected', async () => {
    const respelled = (found: Found[]) => found.map((f, n) => (n === 0 ? { ...f, key: ` ${f.key}` } : f))
    expect(await faultsAfter(job, respelled)).toMatchObject({ ...none, missing: 1, unexpected: 1 })
  })

  test.each(Object.entries(resultShape(RESULTS[job].fields)))('a false %s (%s) is wrong', async (field) => {
    const { examples, ...counts } = await faultsAfter(job, (found) => changed(found, { [field]: 12345.678 }))
    expect(counts).toEqual({ ...none, wrong: 1 })
    expect(examples).toMatchObject([{ fault: 'wrong', differences: [{ field, got: 12345.678 }] }])
  })

  test('a field too many is wrong', async () => {
    const { examples } = await faultsAfter(job, (found) => changed(found, { surplus: 1 }))
    expect(examples).toMatchObject([{ fault: 'wrong', differences: [{ field: 'surplus', got: 1 }] }])
  })

  test('a record that is no JSON object is wrong', async () => {
    for (const value of [null, 'oops', '[]']) {
      const broken = (found: Found[]) => found.map((f, n) => (n === 0 ? { ...f, value } : f))
      expect(await faultsAfter(job, broken)).toMatchObject({ ...none, wrong: 1 })
    }
  })
})

test('ratios may differ in their last digits, money may not', async () => {
  const ratio = (factor: number) => (found: Found[]) => changed(found, { fraud_score: 0.1 * factor })
  expect(await faultsAfter('fraud_detection', ratio(1 + 1e-10))).toMatchObject({ wrong: 0 })
  expect(await faultsAfter('fraud_detection', ratio(1 + 1e-8))).toMatchObject({ wrong: 1 })
  expect(await faultsAfter('fraud_detection', (found) => changed(found, { amount_usd: '11.0' }))).toMatchObject({
    wrong: 1,
  })
})

test.each([
  [{ a: 1, b: 2 }, 0],
  [{ b: 2, a: 1 }, 0],
  [{ a: 1, b: 2, c: 0 }, 1],
  [{ a: 1 }, 1],
  [{ a: 1, b: '2' }, 1],
  [[1, 2], 1],
])('against {a: 1, b: 2}, %j has %d differences', (got, count) => {
  expect(differences({ counts: 'exact' }, { counts: { a: 1, b: 2 } }, { counts: got })).toHaveLength(count)
})

test('the ids of a list must be in order', async () => {
  const reversed = (found: Found[]) =>
    changed(found, {
      flagged_transactions: (JSON.parse(found[0]?.value ?? '') as { flagged_transactions: string[] })[
        'flagged_transactions'
      ].reverse(),
    })
  expect(await faultsAfter('compliance_monitoring', reversed)).toMatchObject({ wrong: 1 })
})

test('a window that is open may be absent, but must be right when present', async () => {
  const expected = [...expectedResults('time_pattern', [intake], RULES)]
  expect(expected.map(({ required }) => required)).toEqual([true, false])
  const found = faultless(expected, resultShape(RESULTS['time_pattern'].fields))
  const options = optionsOf('time_pattern')
  expect(isFlawless(await compare(expected, found.slice(0, 1), options))).toBe(true)
  const wrong = [...found.slice(0, 1), ...changed(found.slice(1), { hour: 3 })]
  expect(await compare(expected, wrong, options)).toMatchObject({ expected: 1, found: 2, missing: 0, wrong: 1 })
})

test('examples stop at three of a kind', async () => {
  const { missing, examples } = await faultsAfter('fraud_detection', () => [])
  expect(missing).toBe(13)
  expect(examples).toHaveLength(3)
})

describe('a transaction counted twice, far apart', () => {
  const twice = intakeOf([
    row(1, { created_at: at('12:00:00') }),
    row(2, { created_at: at('12:30:00') }),
    row(1, { created_at: at('12:30:01') }),
  ])
  const expected = [...expectedResults('fraud_detection', [twice], RULES)]
  const found = faultless(expected, resultShape(RESULTS['fraud_detection'].fields))

  test('must stand in the topic twice', async () => {
    const options = optionsOf('fraud_detection')
    expect(isFlawless(await compare(expected, found, options))).toBe(true)
    expect(await compare(expected, found.slice(1), options)).toMatchObject({ missing: 1, wrong: 0 })
    expect(await compare(expected, changed(found, { verdict: 'X' }), options)).toMatchObject({ missing: 0, wrong: 1 })
  })

  test('must stand in the table once', async () => {
    const options = optionsOf('fraud_detection', 'latest')
    for (const kept of [found.slice(1), found.slice(0, 2)]) {
      expect(await compare(expected, kept, options)).toMatchObject({ expected: 2, found: 2, missing: 0, wrong: 0 })
    }
    expect(await compare(expected, found, options)).toMatchObject({ duplicate: 1 })
    expect(await compare(expected, found.slice(1, 2), options)).toMatchObject({ missing: 1 })
    expect(await compare(expected, changed(found.slice(0, 2), { verdict: 'X' }), options)).toMatchObject({ wrong: 1 })
  })
})

test('late records of one transaction are told apart by their job', async () => {
  const late = intakeOf([row(1), row(2, { created_at: at('13:30:00') }), row(3, { created_at: at('13:15:00') })])
  const expected = [...expectedLate([late])]
  expect(expected.length).toBeGreaterThan(2)
  const found = faultless(expected, LATE_SHAPE)
  const options = LATE_OPTIONS
  expect(isFlawless(await compare(expected, [...found].reverse(), options))).toBe(true)
  expect(await compare(expected, found.slice(1), options)).toMatchObject({ missing: 1, wrong: 0 })
  expect(await compare(expected, [...found, ...found.slice(0, 1)], options)).toMatchObject({ duplicate: 1 })
  expect(await compare(expected, changed(found, { lateness_ms: 1 }), options)).toMatchObject({ wrong: 1 })
})

test('a dead letter may name any reason that applies, and no other', async () => {
  const expected = [...expectedDeadLetters([intakeOf([row(1, { status: null, amount_usd: 'x' })])])]
  const found = faultless(expected, DEAD_LETTER_SHAPE)
  const options = DEAD_LETTER_OPTIONS
  for (const reason of ['missing_field', 'bad_decimal']) {
    expect(isFlawless(await compare(expected, changed(found, { reason }), options))).toBe(true)
  }
  expect(await compare(expected, changed(found, { reason: 'bad_uuid' }), options)).toMatchObject({ wrong: 1 })
  expect(await compare(expected, changed(found, { value_base64: 'e30=' }), options)).toMatchObject({ wrong: 1 })
})
