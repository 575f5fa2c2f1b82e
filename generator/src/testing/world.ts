import { Population } from '../model/population.ts'
import { type Batch, emptyBatch, TransactionStream } from '../model/stream.ts'
import { createWorld, type World } from '../model/world.ts'

/** When the worlds of the tests begin. */
export const START_MS = Date.parse('2026-11-20T10:00:00Z')

export async function testWorld(customers = 100, seed = 7): Promise<World> {
  return createWorld({ customers, seed, nowMs: START_MS })
}

/** A population on copies of the accounts, so that one test's balances do not reach the next. */
export function populationOf({ customers, accounts, merchants }: World, activity?: 'tier' | 'daily'): Population {
  const copies = accounts.map((account) => ({ ...account }))
  return new Population(customers, copies, merchants, activity)
}

export interface StreamRun {
  world: World
  transactions: number
  fraudShare?: number
  seed?: number
  /** Between two transactions. */
  stepMs?: number
}

/** All that a stream makes of a world, as one batch. */
export function runStream({ world, transactions, fraudShare = 0, seed = 1, stepMs = 50 }: StreamRun): Batch {
  const population = populationOf(world)
  const stream = new TransactionStream({ seed, startMs: START_MS, population, fraudShare })
  const batch = emptyBatch()
  for (let n = 0; n < transactions; n += 1) stream.next(START_MS + n * stepMs, batch)
  stream.finish(batch)
  return batch
}
