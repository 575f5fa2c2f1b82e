import { addCounts } from './counts.ts'
import { type DuckDb } from '../duckdb.ts'
import { type Lake } from './lake.ts'
import { filesOf, type LakeFile } from './manifest.ts'

const TABLES = ['transactions', 'fraud_verdicts'] as const
/** How long a replaced file is kept, for readers that still have it open. */
const REPLACED_KEPT_MS = 3_600_000

export interface Compacted {
  readonly partitions: number
  readonly filesBefore: number
  /** Records that Kafka had twice, of which one is kept. */
  readonly duplicates: number
}

/**
 * Makes one file of each date's files, with each transaction once: the first that was read. A date that has one file of
 * an earlier compaction is left alone.
 */
export async function compact(lake: Lake, db: DuckDb, isWanted: (date: string) => boolean): Promise<Compacted> {
  const snapshot = await lake.manifest.latest()
  let partitions = 0
  let filesBefore = 0
  let duplicates = 0
  for (const table of TABLES) {
    const byDate = Map.groupBy(filesOf(snapshot, table, isWanted), ({ date }) => date)
    for (const [date, files] of byDate) {
      if (files.length === 1 && isCompacted(files[0]!)) continue
      duplicates += await compactDate(lake, db, table, date, files)
      partitions += 1
      filesBefore += files.length
    }
  }
  return { partitions, filesBefore, duplicates }
}

const isCompacted = ({ path }: LakeFile): boolean => path.split('/').at(-1)!.startsWith('compaction-')

async function compactDate(
  lake: Lake,
  db: DuckDb,
  table: (typeof TABLES)[number],
  date: string,
  files: readonly LakeFile[],
): Promise<number> {
  const rows = await lake.scan(table, files)
  const { twice } = await db.row<{ twice: string }>(
    `select cast(count(*) - count(distinct transaction_id) as varchar) as twice from (${rows})`,
  )
  // To find the first of each costs a sort of the whole day, which nearly never has anything to find.
  const once =
    twice === '0'
      ? rows
      : `${rows} qualify row_number() over (partition by transaction_id order by kafka_partition, kafka_offset) = 1`
  const compacted = await lake.writeQuery(db, 'compaction', table, date, once)
  const replaced = new Set(files.map(({ path }) => path))
  const at = new Date().toISOString()
  await lake.manifest.commit((latest) => {
    const counts = { ...latest.counts }
    addCounts(counts, { [`${table}.duplicates`]: Number(twice) })
    return {
      files: [...latest.files.filter(({ path }) => !replaced.has(path)), compacted],
      replaced: [...latest.replaced, ...files.map(({ path }) => ({ path, at }))],
      counts,
    }
  })
  return Number(twice)
}

/** Removes files that others took the place of long enough ago. */
export async function removeReplaced(lake: Lake): Promise<number> {
  const before = new Date(Date.now() - REPLACED_KEPT_MS).toISOString()
  const { replaced } = await lake.manifest.latest()
  const gone = new Set(replaced.filter(({ at }) => at < before).map(({ path }) => path))
  if (gone.size === 0) return 0
  await lake.store.remove([...gone])
  await lake.manifest.commit((latest) => ({ replaced: latest.replaced.filter(({ path }) => !gone.has(path)) }))
  return gone.size
}
