import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { ESLint } from 'eslint'
import { expect, test } from 'vitest'
import tseslint from 'typescript-eslint'
import { phrasesIn, words } from './words.js'

const CHECKOUT = resolve(import.meta.dirname, '..')

/** The messages about `code`, linted with the words alone. */
async function planted(code: string): Promise<string[]> {
  const eslint = new ESLint({
    cwd: CHECKOUT,
    overrideConfigFile: true,
    overrideConfig: [{ files: ['**/*.ts'], languageOptions: { parser: tseslint.parser } }, words] as never,
  })
  const [result] = await eslint.lintText(code, { filePath: join(CHECKOUT, 'sink/src/planted.ts') })
  return (result?.messages ?? []).map(({ message }) => message)
}

test.each([
  ['/** Waits for so many rows. */', '"so many": write the number or the bound itself'],
  [
    '// Told of every row, it begins\n// again.\n/**\n * The topic is made\n * new.\n */',
    '"made new": write recreated',
  ],
  ['const waitMs = 5 // After this the table is made anew.', '"anew": write again'],
  ['class Gathered {}', 'Gathered is a home-made word: Batcher'],
  ['interface Draft { id: string }', 'Draft is a home-made word: NewTransaction'],
  ['type Surroundings = { random: number }', 'Surroundings is a home-made word: Context'],
  ['class Database { readonly #lookout = 1 }', 'lookout is a home-made word: healthCheckPool'],
])('%s is reported', async (code, message) => {
  expect(await planted(code)).toContainEqual(expect.stringContaining(message))
})

test.each([
  '/** Retries up to `attemptsMax` times, so many as that may be. */',
  '/** There are so many that a page is not enough: recreated, refers to, the outcome. */',
  "const text = 'made anew'",
  'class Batcher { place = 1 }',
])('%s is not', async (code) => {
  expect(await planted(code)).toEqual([])
})

test('the checkout is linted with them', async () => {
  const config = (await new ESLint({ cwd: CHECKOUT }).calculateConfigForFile(join(CHECKOUT, 'sink/src/sink.ts'))) as {
    rules: Record<string, unknown>
  }
  expect(config.rules['words/plain']).toEqual([2])
})

test('no page has one of the phrases', () => {
  const pages = execFileSync('git', ['ls-files', '*.md', ':!docs/reports'], { cwd: CHECKOUT, encoding: 'utf8' })
  const found = pages
    .split('\n')
    .filter((page) => page !== '')
    .flatMap((page) => phrasesIn(readFileSync(join(CHECKOUT, page), 'utf8')).map((phrase) => ({ page, ...phrase })))
  expect(found).toEqual([])
})
