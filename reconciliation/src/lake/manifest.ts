import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { OperatingError } from '@fintech-streams/service'
import { z } from 'zod'
import { type LakeStore } from './store.ts'

const VERSIONS = '_manifest/'
const VERSION_DIGITS = 12
/** The newest versions, and all of the last hour, stay readable; the files of an older one may have been deleted. */
const KEPT_VERSIONS = 20
const KEPT_MS = 3_600_000
const ATTEMPTS_MAX = 50

const count = z.int().nonnegative()

const fileSchema = z.object({
  /** A key below the lake, never beside it. */
  path: z.string().regex(/^(?!\/)(?!(?:.*\/)?\.\.(?:\/|$)).+$/, 'a path below the lake'),
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

/** A statement of a file: whose, and of which days. */
const statementSchema = z.object({
  bankId: z.string(),
  /** IBAN or number; empty where the file has none. */
  account: z.string(),
  from: z.iso.date(),
  to: z.iso.date(),
  /** More of its days is to come, or its balances say that something is missing. */
  isIncomplete: z.boolean(),
})

const statementFileSchema = z.object({
  sha256: z.string(),
  name: z.string(),
  /** Of its first statement; empty for a file that was refused. */
  bankId: z.string(),
  date: z.iso.date(),
  /** Each line of the file is in one of these counts. */
  lines: count,
  rejected: count,
  /** Left out, as another file had them already. */
  known: count.default(0),
  /** Announced, and not booked. */
  unbooked: count.default(0),
  statements: z.array(statementSchema).default([]),
  /** Why the file was refused, or what is wrong with one that was taken; null where nothing is. */
  problem: z.string().nullable().default(null),
  isRefused: z.boolean().default(false),
  ingestedAt: z.string(),
})

const snapshotSchema = z.object({
  version: count,
  /** Tells a version from another of its number, and which one it was made of. */
  id: z.string().default(''),
  previousId: z.string().default(''),
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
  /** How much there was of each of those dates when it was last reconciled: statement files in all, transactions. */
  reconciled: z.record(z.iso.date(), z.object({ statementFiles: count, transactions: count })).default({}),
})

export type LakeFile = z.infer<typeof fileSchema>
export type LakePosition = z.infer<typeof positionSchema>
export type StatementFile = z.infer<typeof statementFileSchema>
/** All that a reader sees of the lake: a file that it does not name does not exist. */
export type Snapshot = Readonly<z.infer<typeof snapshotSchema>>
/** What a change makes of a snapshot; version, ids and time are the manifest's own. */
export type Change = (latest: Snapshot) => Partial<Omit<Snapshot, 'version' | 'id' | 'previousId' | 'committedAt'>>

const EMPTY: Snapshot = {
  version: 0,
  id: '',
  previousId: '',
  committedAt: new Date(0).toISOString(),
  writer: null,
  files: [],
  positions: [],
  counts: {},
  statementFiles: [],
  replaced: [],
  runs: {},
  reconciled: {},
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
        return await this.#read(key)
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
   * @throws OperatingError when the change would make a version that nobody can read: nothing is written then; or when
   *   the change waited so long that nobody can tell any more whether it was made.
   */
  async commit(change: Change): Promise<Snapshot> {
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
      const next = nextOf(await this.latest(), change)
      const isCreated = await this.#store.createIfAbsent(keyOf(next.version), JSON.stringify(next))
      if (isCreated && (await this.#isLatestOrBefore(next))) {
        await this.#forgetOld()
        return next
      }
      await sleep(Math.random() * 20 * (attempt + 1))
    }
    throw new OperatingError('lake_contended', `${ATTEMPTS_MAX} commits to the lake lost to others: try again`)
  }

  /**
   * Whether a version that was just created counts. A number can be free because its version has been forgotten: who
   * waited that long between reading and creating has made a version that no later one was made of, and it is removed.
   */
  async #isLatestOrBefore({ version, id }: Snapshot): Promise<boolean> {
    const newest = (await this.#versions()).at(-1) ?? keyOf(version)
    if (newest <= keyOf(version)) return true
    const child = await this.#read(keyOf(version + 1)).catch(() => undefined)
    if (child?.previousId === id) return true
    await this.#store.remove([keyOf(version)])
    if (child !== undefined) return false
    throw new OperatingError('lake_contended', 'a commit to the lake waited for over an hour: read it again')
  }

  async #read(key: string): Promise<Snapshot> {
    return snapshotSchema.parse(JSON.parse(await this.#store.read(key)))
  }

  /** Versions go by age and not by number alone: a commit that waits must find the numbers after its own taken. */
  async #forgetOld(): Promise<void> {
    const old = (await this.#versions()).slice(0, -KEPT_VERSIONS)
    const isForgotten = async (key: string): Promise<boolean> => {
      const committedAt = await this.#read(key).then(
        (snapshot) => snapshot.committedAt,
        () => undefined,
      )
      return committedAt === undefined || Date.parse(committedAt) < Date.now() - KEPT_MS
    }
    // The oldest first, and no further than the first one that is kept: at most a few a commit.
    let forgotten = 0
    while (forgotten < old.length && (await isForgotten(old[forgotten] ?? ''))) forgotten += 1
    if (forgotten > 0) await this.#store.remove(old.slice(0, forgotten))
  }

  async #versions(): Promise<string[]> {
    return (await this.#store.list(VERSIONS)).filter((key) => key.endsWith('.json'))
  }
}

/** @throws OperatingError for a change after which the lake could not be read. */
function nextOf(latest: Snapshot, change: Change): Snapshot {
  const next = snapshotSchema.safeParse({
    ...latest,
    ...change(latest),
    version: latest.version + 1,
    id: randomUUID(),
    previousId: latest.id,
    committedAt: new Date().toISOString(),
  })
  if (next.success) return next.data
  const [issue] = next.error.issues
  const where = issue?.path.join('.') ?? ''
  throw new OperatingError('bad_change', `the lake is not changed: ${where}: ${issue?.message ?? 'not valid'}`)
}

/** The files of a table, of some dates only where given. */
export function filesOf(snapshot: Snapshot, table: string, isWanted = (_date: string): boolean => true): LakeFile[] {
  return snapshot.files.filter((file) => file.table === table && isWanted(file.date))
}
