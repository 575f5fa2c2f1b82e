import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'

/** The console as it is built. */
const BUILT = join(import.meta.dirname, '../../serving/console/dist')
const PAGE = /^src\/pages\/(\w+)\/page\.tsx$/

/** What Vite's manifest says of a file. */
interface Chunk {
  readonly file: string
  readonly isEntry?: boolean
  readonly imports?: readonly string[]
  readonly css?: readonly string[]
}
type Manifest = Readonly<Record<string, Chunk>>

/** Bytes of scripts and styles that a browser loads before it shows a page, as compressed by gzip and as parsed. */
export interface PageSize {
  readonly page: string
  readonly gzipBytes: number
  readonly bytes: number
}

/**
 * The size of the shell and of each page with it, the smallest first. What a page loads after it is shown, as the code
 * of its charts, is not part of it.
 */
export async function pageSizes(built = BUILT): Promise<PageSize[]> {
  const manifest = JSON.parse(await readFile(join(built, '.vite/manifest.json'), 'utf8')) as Manifest
  const entry = Object.keys(manifest).filter((name) => manifest[name]!.isEntry === true)
  const pages = Object.keys(manifest).flatMap((name) => {
    const page = PAGE.exec(name)?.[1]
    return page === undefined ? [] : [{ page, roots: [...entry, name] }]
  })
  const sizes = [{ page: 'shell', roots: entry }, ...pages].map(async ({ page, roots }) => {
    const contents = await Promise.all([...filesOf(manifest, roots)].map(async (file) => readFile(join(built, file))))
    const sum = (of: (content: Buffer) => number): number => contents.reduce((total, one) => total + of(one), 0)
    return { page, gzipBytes: sum((content) => gzipSync(content).length), bytes: sum(({ length }) => length) }
  })
  return (await Promise.all(sizes)).sort((one, other) => one.gzipBytes - other.gzipBytes)
}

/** The files of chunks and of those that they import at once. */
function filesOf(manifest: Manifest, roots: readonly string[]): Set<string> {
  const seen = new Set<string>()
  const visit = (name: string): void => {
    if (seen.has(name)) return
    seen.add(name)
    for (const imported of manifest[name]?.imports ?? []) visit(imported)
  }
  for (const root of roots) visit(root)
  return new Set([...seen].flatMap((name) => [manifest[name]!.file, ...(manifest[name]!.css ?? [])]))
}
