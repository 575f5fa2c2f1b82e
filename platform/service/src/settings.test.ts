import { afterEach, describe, expect, it, vi } from 'vitest'
import { OperatingError, UsageError } from './errors.ts'
import { createProgram, runProgram } from './program.ts'
import { addSettings, duration, list, names, number, port, shownDuration, text, toggle, valuesOf } from './settings.ts'

const settings = {
  rate: number({ env: 'TEST_RATE', default: 10, min: 0, help: 'per second' }),
  duration: duration({ default: undefined, help: 'how long' }),
  jobs: names({ default: undefined, known: ['a', 'b'], help: 'which' }),
  apiPort: port({ env: 'TEST_API_PORT', default: 8081, help: 'port' }),
  label: text({ default: 'none', help: 'any text' }),
  rates: list(number({ default: 5, min: 1, integer: true, help: 'one after another' })),
  waits: list(duration({ default: 0, help: 'between them' }), [500, 60_000]),
  dryRun: toggle({ env: 'TEST_DRY_RUN', help: 'only look' }),
}

afterEach(() => {
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
  process.exitCode = 0
})

/** Runs a program with this command line; `action` gets the values of its settings. */
async function run(argv: string[], action: (values: unknown) => void | Promise<void> = () => undefined) {
  const errors: string[] = []
  vi.spyOn(process.stderr, 'write').mockImplementation((line) => errors.push(String(line)) > 0)
  vi.spyOn(process.stdout, 'write').mockReturnValue(true)
  const program = createProgram('tool', 'a tool')
  addSettings(program, settings).action(() => action(valuesOf(program, settings)))
  await runProgram(program, ['node', 'tool', ...argv])
  return { code: process.exitCode ?? 0, errors }
}

describe('a setting', () => {
  it('is the flag, else the environment, else the default', async () => {
    const seen = vi.fn()
    await run([], seen)
    vi.stubEnv('TEST_RATE', '20')
    await run([], seen)
    await run(['--rate', '30'], seen)
    expect(seen.mock.calls.map(([values]) => (values as { rate: number }).rate)).toEqual([10, 20, 30])
  })

  it('is parsed once into its type', async () => {
    const seen = vi.fn()
    await run(
      ['--duration', '90s', '--jobs', 'b,a', '--api-port', '9000', '--label', 'x', '--rates', '7, 8', '--dry-run'],
      seen,
    )
    expect(seen).toHaveBeenCalledWith({
      rate: 10,
      duration: 90_000,
      jobs: ['b', 'a'],
      apiPort: 9_000,
      label: 'x',
      rates: [7, 8],
      waits: [500, 60_000],
      dryRun: true,
    })
  })

  it.each([
    [['--rate', '-5'], 'a number, at least 0'],
    [['--rate', 'fast'], 'a number, at least 0'],
    [['--duration', '90'], 'a duration such as'],
    [['--jobs', 'a,c'], 'unknown: c; expected some of a, b'],
    [['--api-port', '70000'], 'a whole number from 1 to 65535'],
    [['--rates', '7,0'], 'a whole number, at least 1'],
    [['--rates', '7,'], 'a whole number, at least 1'],
    [['--speed', '1'], "unknown option '--speed'"],
  ])('of %j is wrong use: exit 2 and one line that says why', async (argv, why) => {
    const { code, errors } = await run(argv)
    expect(code).toBe(2)
    expect(errors.join('')).toContain(why)
    expect(errors.join('').trimEnd().split('\n')).toHaveLength(1)
  })
})

describe('a program', () => {
  it('that works exits with 0, and so does --help', async () => {
    expect((await run([])).code).toBe(0)
    expect((await run(['--help'])).code).toBe(0)
  })

  it('that meets a failure which it can explain exits with 1 and the explanation alone', async () => {
    const { code, errors } = await run([], () => Promise.reject(new OperatingError('not_running', 'start the database')))
    expect({ code, errors }).toEqual({ code: 1, errors: ['tool: start the database\n'] })
  })

  it('that is used wrongly in a way only it can see exits with 2', async () => {
    const { code, errors } = await run([], () => Promise.reject(new UsageError('choose one of a and b')))
    expect({ code, errors }).toEqual({ code: 2, errors: ['tool: choose one of a and b (see tool --help)\n'] })
  })

  it('with a bug exits with 1 and its stack', async () => {
    const { code, errors } = await run([], () => Promise.reject(new TypeError('undefined is not a function')))
    expect(code).toBe(1)
    expect(errors.join('')).toContain('settings.test.ts')
  })
})

it.each([
  [250, '250ms'],
  [90_000, '90s'],
  [7_200_000, '2h'],
  [86_400_000, '1d'],
])('%i ms is shown as %s', (ms, shown) => {
  expect(shownDuration(ms)).toBe(shown)
})
