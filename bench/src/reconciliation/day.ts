import { type DuckDb, literal } from '@fintech-streams/reconciliation'

/**
 * A day of any size, made by DuckDB: transactions of which one merchant has three in ten, and the banks' lines for them.
 * One transaction in fifty is broken, in a way that its number decides, so what has to come out is known by counting.
 */
const MACROS = [
  `block(n) as n // 50`,
  `broken(n) as n % 50 = block(n) % 50`,
  `kind(n) as (block(n) // 50) % 20`,
  // A batch is a broken transaction and the one ten before or after it, which has the same type, currency and bank.
  `partner(n) as n + case when n % 50 < 40 then 10 else -10 end`,
  `batched(n) as kind(n) = 17 and (broken(n) or
    n = block(n) * 50 + block(n) % 50 + case when block(n) % 50 < 40 then 10 else -10 end)`,
  `type_of(n) as case when n % 10 < 6 then 'PURCHASE' when n % 10 = 6 then 'DEPOSIT' when n % 10 = 7 then 'WITHDRAWAL'
    when n % 10 = 8 then 'PAYMENT' else 'WIRE_TRANSFER' end`,
  `bank_of(n) as case when n % 10 < 6 then 'PAYRAIL' when n % 10 < 8 then 'NORTHBANK' else 'MERIDIAN' end`,
  `currency_of(n) as case block(n) % 3 when 0 then 'USD' when 1 then 'EUR' else 'GBP' end`,
  `converted(n) as n % 10 < 6 and block(n) % 3 <> 0`,
  `cents(n) as 500 + (n * 104729) % 500000`,
  `usd_cents(n) as case when block(n) % 3 = 0 then cents(n) else cents(n) * 11 // 10 end`,
  `settled_cents(n) as case when n % 10 < 6 then usd_cents(n) else cents(n) end`,
  // As random as a UUID, and given by its number.
  `id(hex) as hex[1:8] || '-' || hex[9:12] || '-4' || hex[14:16] || '-8' || hex[18:20] || '-' || hex[21:32]`,
  `transaction_id(n) as id(md5('t' || n))`,
  `merchant_id(n) as case when n % 10 < 6 or n % 10 = 8
    then id(md5('m' || case when n % 10 < 3 then 0 else 1 + (n * 7919) % 20000 end)) end`,
  `account_id(n) as id(md5('a' || (n * 7919) % 400000))`,
  `money(n) as cast(n as decimal(18, 2)) / 100`,
]

export const INPUTS = ['transactions', 'statement_lines', 'statement_references'] as const
export type DayFiles = Readonly<Record<(typeof INPUTS)[number], string>>

/** Writes a day of `count` transactions, a multiple of fifty, to Parquet files of a folder. */
export async function writeDay(db: DuckDb, folder: string, count: number): Promise<DayFiles> {
  for (const macro of MACROS) await db.run(`create or replace macro ${macro}`)
  const write = async (name: string, query: string): Promise<string> => {
    const path = `${folder}/${name}-${count}.parquet`
    await db.run(`copy (${query}) to ${literal(path)} (format parquet, compression zstd, row_group_size 100000)`)
    return path
  }
  return {
    transactions: await write('transactions', transactionsQuery(count)),
    statement_lines: await write('lines', linesQuery(count)),
    statement_references: await write('references', referencesQuery(count)),
  }
}

/** How many entries of each status have to come out. */
export async function expectedStatuses(db: DuckDb, count: number): Promise<Record<string, number>> {
  for (const macro of MACROS) await db.run(`create or replace macro ${macro}`)
  const rows = await db.rows<{ status: string; n: number }>(`
    select status, cast(sum(entries) as integer) as n from (
      select case
          when batched(n) then 'BATCHED'
          when not broken(n) then 'MATCHED'
          when kind(n) <= 3 then 'MISSING_EXTERNAL'
          when kind(n) <= 6 or (kind(n) = 18 and converted(n)) then 'AMOUNT_MISMATCH'
          when kind(n) <= 9 then 'LATE_SETTLEMENT'
          when kind(n) between 12 and 13 then 'SPLIT'
          else 'MATCHED' end as status, 1 as entries
      from range(${count}) r (n)
      union all
      select case when kind(n) = 14 then 'MISSING_INTERNAL' else 'DUPLICATE_EXTERNAL' end, 1
      from range(${count}) r (n) where broken(n) and kind(n) in (10, 11, 14)
    ) group by status`)
  return Object.fromEntries(rows.map(({ status, n }) => [status, n]))
}

/** In an order of their ids, which has nothing to do with that of the lines. */
const transactionsQuery = (count: number): string => `
  select transaction_id(n) as transaction_id, account_id(n) as account_id, merchant_id(n) as merchant_id,
    type_of(n) as transaction_type, cast(money(cents(n)) as decimal(18, 2)) as amount, currency_of(n) as currency,
    cast(money(usd_cents(n)) as decimal(18, 2)) as amount_usd, 'COMPLETED' as status, date '2026-11-19' as event_date
  from range(${count}) r (n)`

const linesQuery = (count: number): string => `
  select line_id, bank_id, line_id as bank_reference, direction, cast(money(line_cents) as decimal(18, 2)) as amount,
    currency, booking_date, counterparty, reference, cast(reference_count as integer) as reference_count
  from (
    ${line(
      `'L' || n || '-1'`,
      `case
        when broken(n) and kind(n) between 4 and 6 then settled_cents(n) + settled_cents(n) // 10 + 100
        when broken(n) and kind(n) between 12 and 13 then settled_cents(n) // 3
        when broken(n) and kind(n) = 18 and converted(n) then settled_cents(n) + settled_cents(n) // 100
        else settled_cents(n) end`,
      `case when broken(n) and kind(n) between 15 and 16 then null else transaction_id(n) end`,
      `case when broken(n) and kind(n) between 15 and 16 then 0 else 1 end`,
    )}
    from range(${count}) r (n) where not batched(n) and not (broken(n) and kind(n) <= 3)
    union all
    ${line(
      `'L' || n || '-2'`,
      `case when kind(n) between 12 and 13 then settled_cents(n) - settled_cents(n) // 3 else settled_cents(n) end`,
      `case when kind(n) = 14 then id(md5('u' || n)) else transaction_id(n) end`,
      '1',
    )}
    from range(${count}) r (n) where broken(n) and kind(n) in (10, 11, 12, 13, 14)
    union all
    ${line(`'L' || n || '-0'`, `settled_cents(n) + settled_cents(partner(n))`, 'null', '2')}
    from range(${count}) r (n) where broken(n) and kind(n) = 17
  ) order by hash(line_id)`

function line(id: string, cents: string, reference: string, referenceCount: string): string {
  return `select ${id} as line_id, bank_of(n) as bank_id, case when n % 10 = 6 then 'CRDT' else 'DBIT' end as direction,
    ${cents} as line_cents, case when n % 10 < 6 then 'USD' else currency_of(n) end as currency,
    case when broken(n) and kind(n) between 7 and 9 then date '2026-11-20' else date '2026-11-19' end as booking_date,
    coalesce(merchant_id(n), account_id(n)) as counterparty, ${reference} as reference,
    ${referenceCount} as reference_count`
}

const referencesQuery = (count: number): string => `
  select 'L' || n || '-0' as line_id, bank_of(n) as bank_id,
    unnest([transaction_id(n), transaction_id(partner(n))]) as transaction_id, cast(null as decimal(18, 2)) as amount
  from range(${count}) r (n) where broken(n) and kind(n) = 17`
