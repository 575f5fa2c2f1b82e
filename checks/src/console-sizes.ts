/**
 * Kilobytes of scripts and styles that a browser loads before it shows each page of the built console.
 *
 * npx node checks/src/console-sizes.ts
 */
import { pageSizes } from './page-sizes.ts'

const row = (page: string, gzip: string, parsed: string): string =>
  `${page.padEnd(16)}${gzip.padStart(10)}${parsed.padStart(10)}\n`

process.stdout.write(row('page', 'gzip kB', 'kB'))
for (const { page, gzipBytes, bytes } of await pageSizes()) {
  process.stdout.write(row(page, (gzipBytes / 1_000).toFixed(1), (bytes / 1_000).toFixed(1)))
}
