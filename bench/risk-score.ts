/**
 * The rolling risk score beside what it replaces, in one run: the first sketch in Python with its read pruned, and a
 * sorted set per user in Redis. All get the same workload: every user active within the window, the clock moving on, so
 * that each added event expires another. Processor time is measured, each contender in a process of its own, one after
 * the other, and the median of the runs is taken.
 *
 * npx node bench/risk-score.ts [runs] [users of the largest size]
 */
import { execFileSync } from 'node:child_process'
import { loadavg } from 'node:os'
import { join } from 'node:path'
import { type Figures } from './src/risk-score/figures.ts'

const RUNS = 3
const SMALL_USERS = 10_000
const LARGE_USERS = 10_000_000
/** More take longer to fill than the rest of the comparison, and in Python more memory than most machines have. */
const SEED_USERS_MAX = 3_000_000
const SORTED_SETS_USERS_MAX = 1_000_000

interface Contender {
  readonly name: string
  readonly command: readonly string[]
  readonly usersMax: number
}

const source = (name: string): string => join(import.meta.dirname, 'src/risk-score', name)
const OURS: Contender = {
  name: 'rolling sums',
  command: [process.execPath, source('rolling-sums-run.ts')],
  usersMax: Infinity,
}
const SEED: Contender = {
  name: 'seed, Python',
  command: ['python3', source('seed.py')],
  usersMax: SEED_USERS_MAX,
}
const SORTED_SETS: Contender = {
  name: 'Redis sorted sets',
  command: [process.execPath, source('sorted-sets-run.ts')],
  usersMax: SORTED_SETS_USERS_MAX,
}

interface Case {
  readonly contender: Contender
  readonly users: number
  readonly isHot: boolean
}

const [runs = RUNS, largeUsers = LARGE_USERS] = process.argv.slice(2).map(Number)
console.log(`${runs} runs each, medians; load ${loadavg()[0]?.toFixed(1)} before\n`)
console.log(row(['', 'users', 'events', 'add ns', 'read ns', 'B/user', 'B/event', 'text ns', 'pause ms']))
const measured = [OURS, SEED, SORTED_SETS].flatMap((contender) =>
  [
    { contender, users: SMALL_USERS, isHot: false },
    { contender, users: largeUsers, isHot: false },
    // One user with half of all events: the others in small, since it is the queue's length that matters to them.
    { contender, users: contender === OURS ? largeUsers : SMALL_USERS, isHot: true },
  ].map(measure),
)
console.log()
for (const line of ratios()) console.log(line)

interface Measured extends Case {
  readonly figures: Figures
}

function measure(wanted: Case): Measured {
  const { contender, isHot } = wanted
  const users = Math.min(wanted.users, contender.usersMax)
  const figures = medianOf(Array.from({ length: runs }, () => runOnce(contender, users, isHot)))
  const { addNs, readNs, bytes, events, textAddNs, longestPauseMs } = figures
  console.log(
    row([
      `${contender.name}${isHot ? ', hot' : ''}`,
      String(figures.users),
      String(events),
      addNs.toFixed(0),
      readNs.toFixed(0),
      (bytes / figures.users).toFixed(0),
      (bytes / events).toFixed(0),
      textAddNs?.toFixed(0) ?? '',
      longestPauseMs?.toFixed(1) ?? '',
    ]),
  )
  return { contender, users, isHot, figures }
}

function runOnce({ command }: Contender, users: number, isHot: boolean): Figures {
  const [file = '', ...args] = command
  return JSON.parse(execFileSync(file, [...args, String(users), isHot ? '1' : '0'], { encoding: 'utf8' })) as Figures
}

/** Each figure's own median. */
function medianOf(all: readonly Figures[]): Figures {
  const names = Object.keys(all[0]!) as (keyof Figures)[]
  const middle = (name: keyof Figures): number =>
    all.map((figures) => figures[name] ?? NaN).sort((one, other) => one - other)[all.length >> 1]!
  return Object.fromEntries(names.map((name) => [name, middle(name)])) as unknown as Figures
}

function of(contender: Contender, isLarge: boolean): Figures {
  const own = measured.filter((one) => one.contender === contender && !one.isHot)
  return own[isLarge ? 1 : 0]!.figures
}

function* ratios(): Generator<string> {
  const small = of(OURS, false)
  const large = of(OURS, true)
  yield (
    `one core: ${perSecond(small.addNs)} adds/s and ${perSecond(small.readNs)} reads/s at ${small.users} users, ` +
    `${perSecond(large.addNs)} and ${perSecond(large.readNs)} at ${large.users}`
  )
  for (const { users, readAllNs = NaN, limitNs = NaN, latencyNs = NaN } of [small, large]) {
    yield (
      `read together at ${users} users: ${perSecond(readAllNs)} reads/s, ${((100 * limitNs) / readAllNs).toFixed(0)} % of ` +
      `the ${perSecond(limitNs)} that the memory allows; one at a time it allows ${perSecond(latencyNs)}`
    )
  }
  yield `large to small: add ${ratio(large.addNs, small.addNs)}, read ${ratio(large.readNs, small.readNs)}`
  for (const other of [SEED, SORTED_SETS]) {
    for (const [ours, isLarge] of [
      [small, false],
      [large, true],
    ] as const) {
      const theirs = of(other, isLarge)
      yield (
        `${other.name} at ${theirs.users} to ours at ${ours.users}: add ${ratio(theirs.addNs, ours.addNs)}, ` +
        `read ${ratio(theirs.readNs, ours.readNs)}, ` +
        `memory a user ${ratio(theirs.bytes / theirs.users, ours.bytes / ours.users)}`
      )
    }
  }
}

function perSecond(ns: number): string {
  return `${(1_000 / ns).toFixed(1)} million`
}

function ratio(one: number, other: number): string {
  return `${(one / other).toFixed(1)} ×`
}

function row(cells: readonly string[]): string {
  return cells.map((cell, at) => (at === 0 ? cell.padEnd(24) : cell.padStart(10))).join('')
}
