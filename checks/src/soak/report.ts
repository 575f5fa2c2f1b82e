import { type Load } from '../chaos/report.ts'
import { GROWTH_MAX, type Verdict } from './series.ts'

/** What a run was. */
export interface SoakSummary {
  readonly startedAt: string
  readonly minutes: number
  readonly customers: number
  readonly load: Load
  /** Lines on the machine: cores, load, memory. */
  readonly machine: string
  readonly command: string
  readonly verdicts: readonly Verdict[]
}

/** The verdicts as lines of a Markdown table. */
export function verdictLines(verdicts: readonly Verdict[]): string[] {
  const shown = (value: number): string => Math.round(value).toLocaleString('en-US')
  const percent = (share: number): string => `${(100 * share).toFixed(1)} %`
  return [
    '| what | unit | first | last | largest | slope an hour | last half | bounded by | verdict |',
    '|---|---|--:|--:|--:|--:|--:|---|---|',
    ...verdicts.map((v) => {
      const numbers = [v.first, v.last, v.max, v.slopePerHour].map(shown)
      return `| ${[v.name, v.unit, ...numbers, percent(v.growth), v.bound, v.verdict].join(' | ')} |`
    }),
  ]
}

/** A page on a run, with its plot beside it. */
export function page(
  { startedAt, minutes, customers, load, machine, command, verdicts }: SoakSummary,
  plotFile: string,
): string {
  const { offeredPerSecond, written, offered, medianPerSecond } = load
  return [
    `# Soak of ${minutes} minutes`,
    '',
    '```sh',
    command,
    '```',
    '',
    `${startedAt}; ${machine}. Offered ${offeredPerSecond} transactions a second of ${customers.toLocaleString('en-US')} customers;`,
    `${written.toLocaleString('en-US')} of ${offered.toLocaleString('en-US')} written, ${medianPerSecond} in the median second.`,
    '',
    `![series over time](${plotFile})`,
    '',
    'The slope is the median of the slopes between all pairs of samples of the last half (Theil–Sen). "Last half" is what it',
    `adds in that time, as a share of the half's median. A series grows that adds more than ${100 * GROWTH_MAX} % and, in its last`,
    'quarter, comes higher than ever before: compaction and retention make a saw. WAL, and what the processor has in memory',
    'until it is collected, fall back again and again and are judged by how low they come. Topics with a retention have one',
    'of minutes here, so that they turn over in the run; the outbox is a ring of hours, and turns over in hours.',
    '',
    ...verdictLines(verdicts),
    '',
  ].join('\n')
}
