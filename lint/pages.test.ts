import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { expect, test } from 'vitest'

const CHECKOUT = resolve(import.meta.dirname, '..')
const tracked = execFileSync('git', ['ls-files'], { cwd: CHECKOUT, encoding: 'utf8' }).trim().split('\n')
const folders = [...new Set(tracked.filter((file) => file.includes('/')).map((file) => `${file.split('/', 1)[0]}/`))]

const LINK = /\]\(([^)#\s]+)[^)]*\)/g
const CODE = /`([\w.@*-]+(?:\/[\w.@*-]+)*)\/?`/g
const SOURCE = /\.(tsx?|mjs|sql|java|sh)$/

/** The pages that describe the present. A report is of its day, and so is a decision that another one has replaced. */
const pages = tracked
  .filter((file) => file.endsWith('.md') && !file.startsWith('docs/reports/'))
  .filter((file) => !/^Superseded by/m.test(readFileSync(join(CHECKOUT, file), 'utf8')))

/** A page's relative links that lead nowhere. */
function deadLinks(page: string, text: string): string[] {
  return [...text.matchAll(LINK)]
    .map(([, target]) => target!)
    .filter((target) => !target.includes(':') && !existsSync(join(CHECKOUT, dirname(page), target)))
}

/** A path, with `*` for any name and `**` for any folders, and everything in it. */
const patternOf = (path: string): RegExp =>
  new RegExp(
    `^${path
      .replaceAll('.', '\\.')
      .replaceAll('**', '(.*/)?')
      .replaceAll(/(?<!\.)\*/g, '[^/]*')}(/|$)`,
  )

/**
 * Files and folders that a page names in code and that are not there. A path is one from the checkout, from the page or
 * from the sources beside it; a bare name is that of a file of the README's package.
 */
function missingFiles(page: string, text: string): string[] {
  const from = ['', dirname(page), join(dirname(page), 'src')]
  const below = basename(page) === 'README.md' && dirname(page) !== '.' ? `${dirname(page)}/` : ''
  const exists = (name: string): boolean => {
    const paths = name.includes('/') ? from.map((folder) => join(folder, name)) : [`${below}**${name}`]
    return paths.some((path) => tracked.some((file) => patternOf(path).test(file)))
  }
  return [...text.matchAll(CODE)]
    .map(([, name]) => name!)
    .filter((name) => SOURCE.test(name) || [...folders, 'src/', '../'].some((folder) => name.startsWith(folder)))
    .filter((name) => !exists(name))
}

test.each(pages)('every file that %s names is there', (page) => {
  const text = readFileSync(join(CHECKOUT, page), 'utf8')
  expect({ deadLinks: deadLinks(page, text), missingFiles: missingFiles(page, text) }).toEqual({
    deadLinks: [],
    missingFiles: [],
  })
})

test('a link and a name that lead nowhere are noticed', () => {
  const text =
    'See [how](../docs/nowhere.md#part), `gone.ts`, `sink/src/gone/*.ts`, [why](https://example.org), `batch.ts`.'
  expect(deadLinks('sink/README.md', text)).toEqual(['../docs/nowhere.md'])
  expect(missingFiles('sink/README.md', text)).toEqual(['gone.ts', 'sink/src/gone/*.ts'])
})

test('no file has the marks of a merge that was not finished', () => {
  const marked = spawnSync('git', ['grep', '-lE', '^(<{7}|>{7}) '], { cwd: CHECKOUT, encoding: 'utf8' })
  expect(marked.stdout).toBe('')
})
