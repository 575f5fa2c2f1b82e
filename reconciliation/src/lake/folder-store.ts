import { randomUUID } from 'node:crypto'
import { link, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'
import { type LakeStore } from './store.ts'

/** Files on their way are here, on the same file system, so that a rename makes them visible. */
const SCRATCH = '_scratch'

/** A lake in a local folder. A key is visible whole or not at all, also after a power cut. */
export class FolderStore implements LakeStore {
  readonly address: string

  constructor(folder: string) {
    this.address = folder
  }

  async publish(localFile: string, key: string): Promise<void> {
    const target = join(this.address, key)
    await mkdir(dirname(target), { recursive: true })
    await flush(localFile)
    await rename(localFile, target)
    await flush(dirname(target))
  }

  async createIfAbsent(key: string, body: string): Promise<boolean> {
    const target = join(this.address, key)
    const scratch = join(this.address, SCRATCH, randomUUID())
    await Promise.all([mkdir(dirname(target), { recursive: true }), mkdir(dirname(scratch), { recursive: true })])
    try {
      const handle = await open(scratch, 'w')
      try {
        await handle.writeFile(body)
        await handle.sync()
      } finally {
        await handle.close()
      }
      // Unlike a rename, a link fails where the name is taken.
      await link(scratch, target)
      await flush(dirname(target))
      return true
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
      throw error
    } finally {
      await rm(scratch, { force: true })
    }
  }

  async read(key: string): Promise<string> {
    return readFile(join(this.address, key), 'utf8')
  }

  async localPath(key: string): Promise<string> {
    return join(this.address, key)
  }

  uri(key: string): string {
    return join(this.address, key)
  }

  async list(prefix: string): Promise<string[]> {
    const folder = join(this.address, prefix)
    try {
      const entries = await readdir(folder, { recursive: true, withFileTypes: true })
      return entries
        .filter((entry) => entry.isFile())
        .map((entry) => relative(this.address, join(entry.parentPath, entry.name)).replaceAll(sep, '/'))
        .sort()
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
      throw error
    }
  }

  async remove(keys: readonly string[]): Promise<void> {
    for (const key of keys) await rm(join(this.address, key), { force: true })
  }
}

async function flush(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
