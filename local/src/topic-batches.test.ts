import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openStack, type Stack } from './stack.ts'
import { topicBatches } from './topic-batches.ts'

const HEADER_BYTES = 61
let stack: Stack

beforeEach(() => {
  stack = openStack({ dataDir: mkdtempSync(join(tmpdir(), 'fintech-batches-')) })
})
afterEach(() => rmSync(stack.dataDir, { recursive: true, force: true }))

/** A batch with a header as Kafka writes it, as far as it is read, and zeros for its records. */
function batch(records: number, { bytes = 100, control = false } = {}): Buffer {
  const all = Buffer.alloc(bytes)
  all.writeInt32BE(bytes - 12, 8)
  all.writeInt16BE(control ? 0x30 : 0x10, 21)
  all.writeInt32BE(records, 57)
  return all
}

function segment(partition: string, name: string, ...parts: readonly Buffer[]): void {
  mkdirSync(join(stack.dataDir, 'kafka', partition), { recursive: true })
  writeFileSync(join(stack.dataDir, 'kafka', partition, name), Buffer.concat(parts))
}

test('records, batches and markers are counted over partitions and segments', () => {
  segment('a.b-0', '0.log', batch(3), batch(1, { bytes: 70, control: true }))
  segment('a.b-0', '4.log', batch(5))
  segment('a.b-11', '0.log', batch(2, { bytes: 200 }))
  segment('other-0', '0.log', batch(1))
  segment('other-0', '0.index', Buffer.alloc(8))
  const topics = topicBatches(stack)
  expect(topics.get('a.b')).toEqual({ records: 10, batches: 3, markers: 1, bytes: 470 })
  expect(topics.get('other')).toEqual({ records: 1, batches: 1, markers: 0, bytes: 100 })
})

test('a batch that is being written is not counted', () => {
  segment('a-0', '0.log', batch(3), batch(4).subarray(0, 80))
  segment('a-1', '0.log', batch(3), Buffer.alloc(HEADER_BYTES))
  expect(topicBatches(stack).get('a')).toMatchObject({ records: 6, batches: 2, bytes: 200 })
})

test('a stack without a broker has no topics', () => {
  expect(topicBatches(stack).size).toBe(0)
})
