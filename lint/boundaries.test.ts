import { join, resolve } from 'node:path'
import { ESLint } from 'eslint'
import { expect, test } from 'vitest'
import tseslint from 'typescript-eslint'
import { boundaries } from './boundaries.js'

const CHECKOUT = resolve(import.meta.dirname, '..')

/** Lints `code` as if it stood in `file`, with the boundaries alone. */
async function planted(file: string, code: string): Promise<string[]> {
  const eslint = new ESLint({
    cwd: CHECKOUT,
    overrideConfigFile: true,
    overrideConfig: [{ files: ['**/*.ts'], languageOptions: { parser: tseslint.parser } }, boundaries] as never,
  })
  const [result] = await eslint.lintText(code, { filePath: join(CHECKOUT, file) })
  return (result?.messages ?? []).map(({ message }) => message)
}

test.each([
  [
    'flink-like-processor/engine/src/planted.ts',
    "import { builtInJobs } from '@fintech-streams/jobs'",
    'engine must not import jobs',
  ],
  [
    'contracts/src/planted.ts',
    "export { createLogger } from '@fintech-streams/service'",
    'contracts must not import service',
  ],
  ['sink/src/planted.ts', "import { Auditor } from '@fintech-streams/audit'", 'sink must not import audit'],
  ['sink/src/planted.ts', "export * from '@fintech-streams/kafka/src/topics.ts'", 'is inside of a package'],
  ['sink/src/planted.ts', "import { command } from '@fintech-streams/sql/command'", 'is inside of a package'],
  ['sink/src/planted.test.ts', "await import('../../audit/src/auditor.ts')", 'leaves the package sink'],
])('in %s, %s: %s', async (file, code, message) => {
  expect(await planted(file, code)).toEqual([expect.stringContaining(message)])
})

test.each([
  ['sink/src/planted.ts', "import { Job } from '@fintech-streams/engine'\nimport { decode } from './decode.ts'"],
  ['sink/src/planted.test.ts', "import { Auditor } from '@fintech-streams/audit'"],
  ['cli/src/planted.ts', "await import('@fintech-streams/sql/command')"],
])('in %s nothing is wrong with %s', async (file, code) => {
  expect(await planted(file, code)).toEqual([])
})

test('the checkout is linted with them', async () => {
  const config = (await new ESLint({ cwd: CHECKOUT }).calculateConfigForFile(join(CHECKOUT, 'sink/src/sink.ts'))) as {
    rules: Record<string, unknown>
  }
  expect(config.rules['house/boundaries']).toEqual([2])
})
