import { setTimeout as sleep } from 'node:timers/promises'
import { OperatingError } from '@fintech-streams/service'
import { z } from 'zod'
import { type LakeStore } from './store.ts'

const VERSIONS = '_manifest/'
const VERSION_DIGITS = 12
/** So many versions can be read back; a reader of an older one finds its files gone. */
const KEPT_VERSIONS = 20
const ATTEMPTS_MAX = 50

const count = z.int().nonnegative()

const fileSchema = z.object({
  path: z.string(),
  table: z.string(),
  /** The partition, `2026-11-20`. */
  date: z.iso.date(),
  rows: count,
  bytes: count,
})

const positionSchema = z.object({
  topic: z.string(),
  partition: count,
  /** Tells a topic from an earlier one of its name. */
  topicId: z.string(),
  /** The offset to read next. */
  offset: count,
  /** The leader's epoch of what was read last; null in versions that did not know it. */
  leaderEpoch: z.int().nullable().default(null),
  /** Largest event time read, ms; null before the first record. */
  maxEventTimeMs: z.number().nullable(),
})

const statementFileSchema = z.object({
  sha256: z.string(),
  name: z.string(),
  bankId: z.string(),
  date: z.iso.date(),
  lines: count,
  rejected: count,
  ingestedAt: z.string(),
})

const snapshotSchema = z.object({
  version: count,
  committedAt: z.string(),
  /** Who may move the offsets: the lake writer that claimed the lake last. */
  writer: z.string().nullable(),
  files: z.array(fileSchema),
  positions: z.array(positionSchema),
  /** Of all records ever read: each is in exactly one of these counts. */
  counts: z.record(z.string(), count),
  statementFiles: z.array(statementFileSchema),
  /** Files that others took the place of; they are removed when no reader can have them open any more. */
  replaced: z.array(z.object({ path: z.string(), at: z.string() })),
  /** The published nightly run of each business date. */
  runs: z.record(z.iso.date(), z.string()),
})

export type LakeFile = z.infer<typeof fileSchema>
export type LakePosition = z.infer<typeof positionSchema>
export type StatementFile = z.infer<typeof statementFileSchema>
/** All that a reader sees of the lake: a file that it does not name does not exist. */
export type Snapshot = Readonly<z.infer<typeof snapshotSchema>>
/** What a change makes of a snapshot; version and time are the manifest's own. */
export type Change = (latest: Snapshot) => Partial<Omit<Snapshot, 'version' | 'committedAt'>>

const EMPTY: Snapshot = {
  version: 0,
  committedAt: new Date(0).toISOString(),
  writer: null,
  files: [],
  positions: [],
  counts: {},
  statementFiles: [],
  replaced: [],
  runs: {},
}

const keyOf = (version: number): string => `${VERSIONS}${String(version).padStart(VERSION_DIGITS, '0')}.json`

/**
 * The lake's log of versions. A version is one immutable object that names all files and the offsets they stand for;
 * creating the next one is the only way to change the lake, and only one writer can.
 */
export class Manifest {
  readonly #store: LakeStore

  constructor(store: LakeStore) {
    this.#store = store
  }

  /** @throws OperatingError when the newest version cannot be read. */
  async latest(): Promise<Snapshot> {
    // A version may be removed between listing and reading, when many newer ones have come.
    for (let attempt = 1; ; attempt += 1) {
      const key = (await this.#versions()).at(-1)
      if (key === undefined) return EMPTY
      try {
        return snapshotSchema.parse(JSON.parse(await this.#store.read(key)))
      } catch (error) {
        if (attempt < 3) continue
        if (!(error instanceof SyntaxError || error instanceof z.ZodError)) throw error
        const advice = 'restore it, or remove it to go back to the version before'
        throw new OperatingError('bad_manifest', `${this.#store.address}/${key} cannot be read: ${advice}`, error)
      }
    }
  }

  /**
   * Applies a change to the latest version, again for each version that somebody else commits meanwhile.
   * @param change may throw to give up; then nothing is changed.
   */
  async commit(change: Change): Promise<Snapshot> {
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
      const latest = await this.latest()
      const next: Snapshot = {
        ...latest,
        ...change(latest),
        version: latest.version + 1,
        committedAt: new Date().toISOString(),
      }
      if (await this.#store.createIfAbsent(keyOf(next.version), JSON.stringify(next))) {
        await this.#forgetOld()
        return next
      }
      await sleep(Math.random() * 20 * (attempt + 1))
    }
    throw new OperatingError('lake_contended', `${ATTEMPTS_MAX} commits to the lake lost to others: try again`)
  }

  async #forgetOld(): Promise<void> {
    const versions = await this.#versions()
    if (versions.length > KEPT_VERSIONS) await this.#store.remove(versions.slice(0, -KEPT_VERSIONS))
  }

  async #versions(): Promise<string[]> {
    return (await this.#store.list(VERSIONS)).filter((key) => key.endsWith('.json'))
  }
}

/** The files of a table, of some dates only where given. */
export function filesOf(snapshot: Snapshot, table: string, isWanted = (_date: string): boolean => true): LakeFile[] {
  return snapshot.files.filter((file) => file.table === table && isWanted(file.date))
}
