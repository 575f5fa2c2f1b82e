import { formatMinor } from '@fintech-streams/contracts'
import { type DuckDb, literal } from '../duckdb.ts'
import { type Lake } from '../lake/lake.ts'
import { filesOf, type LakeFile, type Snapshot } from '../lake/manifest.ts'
import { type LakeRow, RAW_TABLES } from '../lake/tables.ts'
import { type BankStatement, paymentCount, type StatementLine } from './statement.ts'

const SHORT_ID_DIGITS = 12
const TABLES = ['statement_lines', 'statement_references', 'statement_rejects'] as const
/** What tells a line from every other one of its bank, beside its account. */
const IDENTITY = ['bank_reference', 'booking_date', 'amount', 'currency', 'direction']

/** The rows of one statement file on their way to the lake, in temporary tables of DuckDB. */
export class StatementTables {
  readonly #lake: Lake
  readonly #db: DuckDb
  readonly #snapshot: Snapshot
  readonly #fileId: string
  /** Days under which the lake keeps rows of this file. */
  readonly #days = new Set<string>()
  /** Lines that another file, or an earlier statement of this one, has already. */
  knownLines = 0

  private constructor(lake: Lake, db: DuckDb, snapshot: Snapshot, fileId: string) {
    this.#lake = lake
    this.#db = db
    this.#snapshot = snapshot
    this.#fileId = fileId
  }

  static async open(lake: Lake, db: DuckDb, snapshot: Snapshot, fileId: string): Promise<StatementTables> {
    for (const table of TABLES) {
      const columns = Object.entries(RAW_TABLES[table]).map(([name, type]) => `${name} ${type}`)
      await db.run(`create or replace temp table incoming_${table} (${columns.join(', ')})`)
      await db.run(`create or replace temp table taken_${table} (${columns.join(', ')}, day date)`)
    }
    return new StatementTables(lake, db, snapshot, fileId)
  }

  /** Adds a statement without the lines that are known. */
  async add(statement: BankStatement): Promise<void> {
    const { bankId, account, lines, rejected, date } = statement
    const lineId = (lineNumber: number): string => `${this.#fileId.slice(0, SHORT_ID_DIGITS)}-${lineNumber}`
    await this.#insert(
      'statement_lines',
      lines.map((line) => this.#lineRow(line, statement, lineId(line.lineNumber))),
    )
    await this.#insert(
      'statement_references',
      lines
        .filter((line) => paymentCount(line) > 1)
        .flatMap(({ lineNumber, references }) =>
          references.map(({ transactionId, amountMinor }) => ({
            line_id: lineId(lineNumber),
            bank_id: bankId,
            transaction_id: transactionId,
            amount: amountMinor === null ? null : formatMinor(amountMinor),
          })),
        ),
    )
    await this.#insert(
      'statement_rejects',
      rejected.map(({ lineNumber, reason, line }) => ({
        file_id: this.#fileId,
        line_number: lineNumber,
        bank_id: bankId,
        reason,
        line,
      })),
    )
    await this.#leaveOutKnown(bankId, account)
    // A reader looks for a line under the day of its booking and later ones.
    const day = lines.reduce((last, { bookingDate }) => (bookingDate > last ? bookingDate : last), date)
    this.#days.add(day)
    for (const table of TABLES) {
      await this.#db.run(`insert into taken_${table} select *, date ${literal(day)} from incoming_${table}`)
      await this.#db.run(`delete from incoming_${table}`)
    }
  }

  /** Writes the lake's files, which no version names yet. */
  async write(): Promise<LakeFile[]> {
    const files: LakeFile[] = []
    for (const day of this.#days) {
      for (const table of TABLES) {
        const rows = `select * exclude (day) from taken_${table} where day = date ${literal(day)}`
        const { n } = await this.#db.row<{ n: string }>(`select cast(count(*) as varchar) as n from (${rows})`)
        if (n !== '0') files.push(await this.#lake.writeQuery(this.#db, 'statements', table, day, rows))
      }
    }
    return files
  }

  async close(): Promise<void> {
    for (const table of TABLES) await this.#db.run(`drop table incoming_${table}; drop table taken_${table}`)
  }

  async #insert(table: (typeof TABLES)[number], rows: readonly LakeRow[]): Promise<void> {
    if (rows.length === 0) return
    const texts = rows.map((row) => JSON.stringify(row))
    await this.#lake.insertRows(this.#db, `incoming_${table}`, table, texts)
  }

  #lineRow(line: StatementLine, { bankId, account }: BankStatement, lineId: string): LakeRow {
    const count = paymentCount(line)
    return {
      line_id: lineId,
      file_id: this.#fileId,
      line_number: line.lineNumber,
      bank_id: bankId,
      account,
      bank_reference: line.bankReference,
      direction: line.direction,
      amount: formatMinor(line.amountMinor),
      currency: line.currency,
      value_date: line.valueDate,
      booking_date: line.bookingDate,
      counterparty: line.counterparty,
      reference: count === 1 ? (line.references[0]?.transactionId ?? null) : null,
      reference_count: count,
    }
  }

  /**
   * Leaves out as many lines of an identity as there are elsewhere. What a statement itself has twice stays: that is the
   * bank's own mistake, and the matching's to find. A file that gives no account may be of any.
   */
  async #leaveOutKnown(bankId: string, account: string): Promise<void> {
    const { first } = await this.#db.row<{ first: string | null }>(
      `select cast(min(booking_date) as varchar) as first from incoming_statement_lines`,
    )
    if (first === null) return
    const files = filesOf(this.#snapshot, 'statement_lines', (day) => day >= first)
    const identity = IDENTITY.join(', ')
    const isAccount = account === '' ? 'true' : `coalesce(account, '') in ('', ${literal(account)})`
    const columns = `bank_id, account, ${identity}`
    const equal = IDENTITY.map((column) => `k.${column} = l.${column}`).join(' and ')
    await this.#db.run(`create or replace temp table known_lines as
      select l.line_id
      from (
        select line_id, ${identity}, row_number() over (partition by ${identity} order by line_number) as place
        from incoming_statement_lines
      ) l
      join (
        select ${identity}, count(*) as times
        from (
          select ${columns} from (${await this.#lake.scan('statement_lines', files)})
          union all select ${columns} from taken_statement_lines
        )
        where bank_id = ${literal(bankId)} and ${isAccount}
        group by ${identity}
      ) k on ${equal} and l.place <= k.times`)
    const { n } = await this.#db.row<{ n: string }>(`select cast(count(*) as varchar) as n from known_lines`)
    this.knownLines += Number(n)
    for (const table of ['statement_lines', 'statement_references'] as const) {
      await this.#db.run(`delete from incoming_${table} where line_id in (select line_id from known_lines)`)
    }
    await this.#db.run('drop table known_lines')
  }
}
