import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { pythonEnvironment } from '@fintech-streams/local'
import { missingTool } from '@fintech-streams/testing'

const execute = promisify(execFile)

/** PyPI, fixed to the last digit; its own dependencies are what pip finds for it. */
const VERSION = '4.32.5'
const OUTPUT_MAX_BYTES = 16 << 20
/** Answers that refuse a request which the document forbids; 413 is not among what the program expects by itself. */
const CONFIGURATION = `[checks.negative_data_rejection]
expected-statuses = [400, 401, 403, 404, 405, 409, 413, 415, 422, 429, 431]
`

/**
 * The schemathesis program, in an environment of its own under `.data`, which is made the first time.
 * @returns why there is none where Python or PyPI cannot be had.
 */
export async function schemathesis(): Promise<{ program: string } | { missing: string }> {
  try {
    return { program: join(await pythonEnvironment('schemathesis', VERSION, 'schemathesis'), 'schemathesis') }
  } catch (error) {
    return { missing: missingTool(`the API is not fuzzed: ${(error as Error).message}`) }
  }
}

/**
 * Sends requests that the API's own document allows, and such that it does not.
 * @returns the exit code and what it says: an answer that the document does not name, or a 5xx, is a failure.
 */
export async function fuzz(
  program: string,
  documentUrl: string,
  options: { token: string; seed: number; examples: number; cwd: string },
): Promise<{ code: number; output: string }> {
  const args = [
    'run',
    documentUrl,
    ...['--header', `Authorization: Bearer ${options.token}`],
    ...['--phases', 'examples,coverage,fuzzing'],
    ...['--seed', String(options.seed), '--max-examples', String(options.examples)],
    // A valid request about what is not there is refused: the document cannot say which ids exist.
    ...['--exclude-checks', 'positive_data_acceptance'],
    // A stream of events has no end.
    ...['--exclude-path-regex', '/stream$'],
    ...['--request-timeout', '12', '--no-color'],
  ]
  await writeFile(join(options.cwd, 'schemathesis.toml'), CONFIGURATION)
  try {
    const { stdout } = await execute(program, args, { cwd: options.cwd, maxBuffer: OUTPUT_MAX_BYTES })
    return { code: 0, output: stdout }
  } catch (error) {
    const { code, stdout } = error as { code?: unknown; stdout?: string }
    if (typeof code !== 'number') throw error
    return { code, output: stdout ?? '' }
  }
}
