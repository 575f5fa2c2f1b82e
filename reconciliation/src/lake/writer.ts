import { randomUUID } from 'node:crypto'
import { type ConsumerStore } from '@fintech-streams/kafka'
import { partitionName, type TopicPosition } from '@fintech-streams/records'
import { type Logger, OperatingError } from '@fintech-streams/service'
import { type DuckDb } from '../duckdb.ts'
import { type LakeBatch } from './batch.ts'
import { addCounts } from './counts.ts'
import { type Lake } from './lake.ts'
import { type LakeFile, type LakePosition, type Snapshot } from './manifest.ts'
import { type LakeMetrics } from './metrics.ts'

export interface LakeWriterOptions {
  readonly lake: Lake
  readonly db: DuckDb
  readonly metrics: LakeMetrics
  readonly logger: Logger
}

/**
 * Brings batches to the lake, exactly once: files and offsets are published in one version of the manifest, and reading
 * starts at the offsets of the latest version. A writer claims the lake at its start; one that was claimed over cannot
 * publish any more, and ends: two would take the lake from each other for ever.
 */
export class LakeWriter implements ConsumerStore<LakeBatch> {
  readonly #options: LakeWriterOptions
  readonly #claim = randomUUID()
  #claimed: Snapshot | undefined

  constructor(options: LakeWriterOptions) {
    this.#options = options
  }

  async acquire(): Promise<boolean> {
    const { lake, logger } = this.#options
    this.#claimed = await lake.manifest.commit(() => ({ writer: this.#claim }))
    const orphans = await lake.removeOrphans('stream')
    if (orphans > 0) logger.info({ orphans }, 'removed files that no version names')
    return true
  }

  /** Who else writes is seen when a version is published. */
  assertAlive(): void {}

  async positions(): Promise<readonly LakePosition[]> {
    return this.#claimed?.positions ?? []
  }

  /** @throws OperatingError `superseded` when another writer has taken the lake over. */
  async write(batch: LakeBatch, positions: readonly TopicPosition[]): Promise<void> {
    const { lake, db, metrics, logger } = this.#options
    const files: LakeFile[] = []
    for (const { table, date, rows } of batch.files) {
      files.push(await lake.writeRows(db, 'stream', table, date, rows))
    }
    const snapshot = await lake.manifest.commit((latest) => {
      if (latest.writer !== this.#claim) throw superseded()
      const counts = { ...latest.counts }
      addCounts(counts, batch.counts)
      return {
        files: [...latest.files, ...files],
        positions: movedPositions(latest.positions, positions, batch.maxEventTimesMs),
        counts,
      }
    })
    for (const { table } of files) metrics.files.inc({ table })
    metrics.count(batch.counts)
    metrics.version.set(snapshot.version)
    logger.info({ version: snapshot.version, files: files.length, rows: batch.rows }, 'committed')
  }

  async close(): Promise<void> {}
}

function superseded(): OperatingError {
  const message = 'another lake writer was started on this lake and has taken over: run one only'
  return new OperatingError('superseded', message)
}

function movedPositions(
  latest: readonly LakePosition[],
  moved: readonly TopicPosition[],
  maxEventTimesMs: ReadonlyMap<string, number>,
): LakePosition[] {
  const byName = new Map(latest.map((position) => [partitionName(position), position]))
  for (const position of moved) {
    const name = partitionName(position)
    const eventTimesMs = [byName.get(name)?.maxEventTimeMs, maxEventTimesMs.get(name)]
    const known = eventTimesMs.filter((ms) => ms !== undefined && ms !== null)
    byName.set(name, { ...position, maxEventTimeMs: known.length === 0 ? null : Math.max(...known) })
  }
  return [...byName.values()]
}
