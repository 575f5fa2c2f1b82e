import { expect, test } from 'vitest'
import { contentOf } from './content.ts'

test('content is told by looking at it', () => {
  const of = (text: string) => contentOf(Buffer.from(text))
  expect(contentOf(null)).toEqual({ format: 'null', text: '', bytes: 0, truncated: false })
  expect(of('{"a": 1}')).toMatchObject({ format: 'json', text: '{"a": 1}', bytes: 8 })
  expect(of('{"a": 1')).toMatchObject({ format: 'text', text: '{"a": 1' })
  expect(of('12')).toMatchObject({ format: 'text' })
  expect(contentOf(Buffer.from([0x01, 0xff]))).toEqual({ format: 'binary', text: '01ff', bytes: 2, truncated: false })
})

test('of large content the beginning is shown, in whole characters', () => {
  const long = contentOf(Buffer.from('x'.repeat(32 * 1_024 - 1) + 'é'.repeat(100)))
  expect(long).toMatchObject({ format: 'text', bytes: 32 * 1_024 - 1 + 200, truncated: true })
  expect(long.text).toBe('x'.repeat(32 * 1_024 - 1))
  const binary = contentOf(Buffer.alloc(10_000, 0xff))
  expect(binary).toMatchObject({ format: 'binary', bytes: 10_000, truncated: true })
  expect(binary.text).toHaveLength(1_024)
})
