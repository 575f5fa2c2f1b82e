import { days, formatInstant, MINUTE_MS } from '@fintech-streams/contracts'

/** A longer pause parts a file's times into groups. */
const PAUSE_MS = days(90)
/** How many times longer than any pause within a group the way to a wrong time is. */
const APART = 10
/** How many times more lines the others must be. */
const OUTNUMBERED = 3

interface Minute {
  lines: number
  /** Of them, those that are further behind an earlier line than a stream waits. */
  disordered: number
  newestMs: number
}

interface Group {
  fromMs: number
  toMs: number
  lines: number
  longestPauseMs: number
}

/** When a file's lines are: what is the last time, which ones cannot be right, and how many are old. */
export class FileTimes {
  readonly #horizonMs: number
  readonly #nowMs: number
  readonly #minutes = new Map<number, Minute>()
  #newestMs = -Infinity

  /** @param horizonMs how far behind the newest a stream still takes a record. */
  constructor(horizonMs: number, nowMs: number) {
    this.#horizonMs = horizonMs
    this.#nowMs = nowMs
  }

  add(atMs: number): void {
    const key = Math.floor(atMs / MINUTE_MS)
    const minute = this.#minutes.get(key) ?? { lines: 0, disordered: 0, newestMs: atMs }
    minute.lines += 1
    minute.newestMs = Math.max(minute.newestMs, atMs)
    if (atMs < this.#newestMs - this.#horizonMs) minute.disordered += 1
    this.#minutes.set(key, minute)
    // A time in the future is refused later on, or is that of a whole file in the future: it makes no other line late.
    if (atMs <= this.#nowMs) this.#newestMs = Math.max(this.#newestMs, atMs)
  }

  /** The last time and the ranges of times that cannot be right beside the file's other lines. */
  judge(): { newestMs: number; outliers: Outliers } {
    const groups = this.#groups()
    const main = mainOf(groups, this.#nowMs)
    const outliers = main === undefined ? [] : groups.filter((group) => this.#isWrong(group, main, groups))
    const kept = groups.filter((group) => !outliers.includes(group))
    return { newestMs: kept.at(-1)?.toMs ?? -Infinity, outliers: new Outliers(outliers, main) }
  }

  /** How many lines a stream that has seen `streamMs` already takes for late, to the minute. Times are those of the file. */
  lateFor(streamMs: number): { old: number; disordered: number } {
    let old = 0
    let disordered = 0
    for (const minute of this.#minutes.values()) {
      if (minute.newestMs < streamMs - this.#horizonMs) old += minute.lines
      else disordered += minute.disordered
    }
    return { old, disordered }
  }

  #groups(): Group[] {
    const groups: Group[] = []
    for (const [key, { lines, newestMs }] of [...this.#minutes].sort(([one], [other]) => one - other)) {
      const fromMs = key * MINUTE_MS
      const group = groups.at(-1)
      const pauseMs = group === undefined ? Infinity : fromMs - group.toMs
      if (group === undefined || pauseMs > PAUSE_MS) {
        groups.push({ fromMs, toMs: newestMs, lines, longestPauseMs: 0 })
        continue
      }
      group.longestPauseMs = Math.max(group.longestPauseMs, pauseMs)
      group.toMs = newestMs
      group.lines += lines
    }
    return groups
  }

  #isWrong(group: Group, main: Group, groups: readonly Group[]): boolean {
    if (group === main) return false
    if (group.fromMs > this.#nowMs && main.fromMs <= this.#nowMs) return true
    const all = groups.reduce((sum, { lines }) => sum + lines, 0)
    const others = all - main.lines
    const wayMs = group.fromMs > main.toMs ? group.fromMs - main.toMs : main.fromMs - group.toMs
    return (
      others * OUTNUMBERED <= main.lines && others * others <= all && wayMs > APART * Math.max(main.longestPauseMs, 1)
    )
  }
}

/** The group with most lines; of two equal ones, the one that is not in the future. */
function mainOf(groups: readonly Group[], nowMs: number): Group | undefined {
  const weight = ({ lines, fromMs }: Group): number => lines + (fromMs <= nowMs ? 0.5 : 0)
  return groups.reduce<Group | undefined>(
    (main, group) => (main === undefined || weight(group) > weight(main) ? group : main),
    undefined,
  )
}

/** Times of a file that cannot be right. */
export class Outliers {
  readonly #ranges: readonly Group[]
  readonly #main: Group | undefined

  constructor(ranges: readonly Group[], main: Group | undefined) {
    this.#ranges = ranges
    this.#main = main
  }

  /** Why this time is not taken; undefined for one that is. */
  reasonFor(atMs: number): string | undefined {
    if (this.#main === undefined || !this.#ranges.some(({ fromMs, toMs }) => atMs >= fromMs && atMs <= toMs)) {
      return undefined
    }
    const others = `${formatInstant(this.#main.fromMs)} to ${formatInstant(this.#main.toMs)}`
    return `created_at is ${formatInstant(atMs)}, far from the file's other lines (${others}): a wrong year?`
  }
}
