import { closeSync, existsSync, fstatSync, openSync, readdirSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { brokerFolder } from './kafka.ts'
import { type Stack } from './stack.ts'

/** What the broker has stored of a topic. */
export interface TopicBatches {
  /** Records of producers; those of aborted transactions are among them. */
  readonly records: number
  /** Batches that hold them. */
  readonly batches: number
  /** Ends of transactions, one for each partition that a transaction has written to. */
  readonly markers: number
  /** Of batches and markers together. */
  readonly bytes: number
}

/** A batch of format v2: what stands before its length, and its header. */
const BEFORE_LENGTH = 12
const HEADER_BYTES = 61
const LENGTH_AT = 8
const ATTRIBUTES_AT = 21
const COUNT_AT = 57
const CONTROL = 1 << 5

/**
 * Counts what the stack's broker has stored, by topic, from the headers in its files: that costs the broker nothing, and
 * no client tells batches. What retention and compaction have removed is not counted.
 */
export function topicBatches(stack: Stack): Map<string, TopicBatches> {
  const folder = brokerFolder(stack)
  const topics = new Map<string, TopicBatches>()
  if (!existsSync(folder)) return topics
  for (const partition of readdirSync(folder)) {
    const topic = /^(.+)-\d+$/.exec(partition)?.[1]
    if (topic === undefined) continue
    for (const file of readdirSync(join(folder, partition)).filter((name) => name.endsWith('.log'))) {
      topics.set(topic, sum(topics.get(topic), batchesOf(join(folder, partition, file))))
    }
  }
  return topics
}

const NONE: TopicBatches = { records: 0, batches: 0, markers: 0, bytes: 0 }

const sum = (one: TopicBatches = NONE, other: TopicBatches): TopicBatches => ({
  records: one.records + other.records,
  batches: one.batches + other.batches,
  markers: one.markers + other.markers,
  bytes: one.bytes + other.bytes,
})

/** @returns the whole batches of a segment; the broker may be writing another one. */
function batchesOf(segment: string): TopicBatches {
  const file = openSync(segment, 'r')
  try {
    const size = fstatSync(file).size
    const header = Buffer.alloc(HEADER_BYTES)
    let [records, batches, markers, at] = [0, 0, 0, 0]
    while (at + HEADER_BYTES <= size) {
      readSync(file, header, 0, HEADER_BYTES, at)
      const next = at + BEFORE_LENGTH + header.readInt32BE(LENGTH_AT)
      if (next <= at + BEFORE_LENGTH || next > size) break
      if ((header.readInt16BE(ATTRIBUTES_AT) & CONTROL) === 0) {
        records += header.readInt32BE(COUNT_AT)
        batches += 1
      } else markers += 1
      at = next
    }
    return { records, batches, markers, bytes: at }
  } finally {
    closeSync(file)
  }
}
