import { addMinor, parseUuid, type SumMinor, UUID_WORDS, writeUuidWords, ZERO_MINOR } from '@fintech-streams/contracts'
import { type PartitionScores } from './partition-scores.ts'
import { type RollingScore, type ScoreSource, ScoresUnavailable } from './score-source.ts'

/** The scores of a feed's own partitions, from its memory. */
export class MemoryScores implements ScoreSource {
  readonly #partitions: () => readonly PartitionScores[]
  readonly #close: () => Promise<void>
  readonly #key = new Int32Array(UUID_WORDS)

  constructor(partitions: () => readonly PartitionScores[], close: () => Promise<void>) {
    this.#partitions = partitions
    this.#close = close
  }

  get state(): { ready: boolean; detail: string } {
    const partitions = this.#partitions()
    const behind = partitions.filter(({ asOfMs }) => asOfMs === undefined).map(({ partition }) => partition)
    if (partitions.length === 0) return { ready: false, detail: 'no partition to read yet' }
    if (behind.length > 0)
      return { ready: false, detail: `reading the last minutes of partitions ${behind.join(', ')}` }
    return { ready: true, detail: `counted to ${Date.now() - oldest(partitions)} ms ago` }
  }

  /** A customer is in one partition; all are asked, so nothing depends on how the log was partitioned. */
  async read(customerId: string, nowMs: number): Promise<RollingScore> {
    const partitions = this.#partitions()
    const { ready, detail } = this.state
    if (!ready) throw new ScoresUnavailable(`scores are not known yet: ${detail}`)
    if (parseUuid(customerId) === undefined) throw new RangeError(`not a UUID: ${customerId}`)
    writeUuidWords(customerId, this.#key)
    let sumMinor: SumMinor = ZERO_MINOR
    let count = 0
    for (const { sums } of partitions) {
      const own = sums.read(this.#key, 0, nowMs)
      sumMinor = addMinor(sumMinor, own.sumMinor)
      count += own.count
    }
    return { sumMinor, count, asOfMs: oldest(partitions) }
  }

  close(): Promise<void> {
    return this.#close()
  }
}

function oldest(partitions: readonly PartitionScores[]): number {
  return Math.min(...partitions.map(({ asOfMs }) => asOfMs ?? 0))
}
