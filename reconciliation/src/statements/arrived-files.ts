import { stat } from 'node:fs/promises'
import { statementFiles } from './command.ts'

/** A file that was changed so lately may still be on its way. */
const SETTLED_AFTER_MS = 10_000

/** The files of a folder as they come: each is handed over once, and again when it has changed. */
export class ArrivedFiles {
  readonly #folder: string
  readonly #seen = new Map<string, string>()

  constructor(folder: string) {
    this.#folder = folder
  }

  /** Hands over what is new. When `take` fails, all of it counts as new the next time. */
  async each(take: (paths: readonly string[]) => Promise<void>): Promise<void> {
    const found = new Map<string, string>()
    for (const path of await statementFiles(this.#folder)) {
      const { size, mtimeMs } = await stat(path).catch(() => ({ size: 0, mtimeMs: Infinity }))
      const version = `${size}/${mtimeMs}`
      if (mtimeMs <= Date.now() - SETTLED_AFTER_MS && this.#seen.get(path) !== version) found.set(path, version)
    }
    if (found.size === 0) return
    await take([...found.keys()])
    for (const [path, version] of found) this.#seen.set(path, version)
  }
}
