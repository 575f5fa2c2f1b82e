import { addBusinessDays, addDays, businessDayFrom } from '../calendar.ts'
import { type Snapshot, type StatementFile } from '../lake/manifest.ts'
import { type Bank, type Holidays, type Rules } from '../rules.ts'
import { type BankDay } from '../sql/parameters.ts'

const HOUR_MS = 3_600_000

/** Whose statements of which days have come. A statement that is not whole does not count. */
export class StatementCoverage {
  readonly #rules: Rules
  readonly #holidays: Holidays
  readonly #statements: readonly StatementFile['statements'][number][]

  constructor({ statementFiles }: Pick<Snapshot, 'statementFiles'>, rules: Rules, holidays: Holidays) {
    this.#rules = rules
    this.#holidays = holidays
    this.#statements = statementFiles.flatMap(statementsOf).filter(({ isIncomplete }) => !isIncomplete)
  }

  /**
   * The days of each bank, from one to another, whose statement has not come. A day on which banks do not work waits for
   * the next one's, unless it has one of its own.
   */
  awaited(from: string, to: string): BankDay[] {
    const missing: BankDay[] = []
    for (let day = from; day <= to; day = addDays(day, 1)) {
      const business = businessDayFrom(day, this.#holidays)
      for (const bank of this.#rules.banks) {
        if (!this.#has(bank, day) && !this.#has(bank, business)) missing.push({ bankId: bank.id, day })
      }
    }
    return missing
  }

  /** Of those, the business days on which the statement should have come by now. */
  late(from: string, to: string, nowMs: number): BankDay[] {
    return this.awaited(from, to).filter(({ day }) => {
      const isBusinessDay = businessDayFrom(day, this.#holidays) === day
      return isBusinessDay && nowMs >= this.#dueMs(day)
    })
  }

  #dueMs(day: string): number {
    return Date.parse(addBusinessDays(day, 1, this.#holidays)) + this.#rules.statements.due_hour * HOUR_MS
  }

  #has({ id, statements_per_day }: Bank, day: string): boolean {
    const accounts = this.#statements.filter(({ bankId, from, to }) => bankId === id && from <= day && day <= to)
    return new Set(accounts.map(({ account }) => account)).size >= statements_per_day
  }
}

/** The statements of a file; of one that was taken in by an earlier version its day is known. */
export function statementsOf({ statements, isRefused, bankId, date }: StatementFile): StatementFile['statements'] {
  if (isRefused || statements.length > 0) return statements
  return [{ bankId, account: '', from: date, to: date, isIncomplete: false }]
}
