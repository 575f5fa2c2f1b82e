import { expect, it } from 'vitest'
import { BLOCK_BYTES, giveBlock, SMALL_BLOCK_BYTES, takeBlock } from './record-block.ts'

it('is of the smallest size that has the room, and of a size of its own when no size has', () => {
  const sizes = [0, SMALL_BLOCK_BYTES, SMALL_BLOCK_BYTES + 1, BLOCK_BYTES, BLOCK_BYTES + 1]
  expect(sizes.map((bytes) => takeBlock(bytes).bytes.length)).toEqual([
    SMALL_BLOCK_BYTES,
    SMALL_BLOCK_BYTES,
    BLOCK_BYTES,
    BLOCK_BYTES,
    BLOCK_BYTES + 1,
  ])
})

it('is used again empty, and its memory is free at once when enough of its size wait or none of it does', () => {
  const blocks = Array.from({ length: 100 }, () => takeBlock(BLOCK_BYTES))
  blocks[0]!.add(1, 2)
  blocks.forEach(giveBlock)
  const waiting = blocks.filter(({ bytes }) => bytes.length > 0)
  expect(waiting.length).toBeLessThan(blocks.length)
  const again = waiting.map(() => takeBlock(BLOCK_BYTES))
  expect(new Set(again)).toEqual(new Set(waiting))
  expect(again.map(({ count }) => count)).toEqual(again.map(() => 0))
  const large = takeBlock(BLOCK_BYTES + 1)
  giveBlock(large)
  expect(large.bytes.length).toBe(0)
})
