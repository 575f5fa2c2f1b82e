import { describe, expect, it } from 'vitest'
import { idOf, UnnamedIds } from './ids.ts'

it('keeps a UUID and gives any other id always the same one, another for each kind', () => {
  const uuid = '123E4567-E89B-12D3-A456-426614174000'
  expect(idOf('customer', uuid)).toBe(uuid.toLowerCase())
  expect(idOf('customer', '17')).toBe(idOf('customer', '17'))
  expect(idOf('customer', '17')).not.toBe(idOf('account', '17'))
  expect(idOf('customer', '17')).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
})

describe('UnnamedIds', () => {
  const idsOf = (...said: string[]): string[] => {
    const unnamed = new UnnamedIds()
    return said.map((text) => unnamed.next(text))
  }

  it('depend on what is said and how often it was said before, not on where', () => {
    const [a1, b1, a2, a3] = idsOf('a', 'b', 'a', 'a')
    expect(new Set([a1, b1, a2, a3]).size).toBe(4)
    expect(idsOf('c', 'a', 'a', 'b', 'a')).toEqual([expect.any(String), a1, a2, b1, a3])
  })

  it('stay the same for a hundred thousand', () => {
    const said = Array.from({ length: 100_000 }, (_, n) => String(n % 60_000))
    const ids = idsOf(...said)
    expect(new Set(ids).size).toBe(100_000)
    expect(new Set(idsOf(...said.toReversed()))).toEqual(new Set(ids))
  })
})
