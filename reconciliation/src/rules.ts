import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { OperatingError, text } from '@fintech-streams/service'
import { TRANSACTION_TYPES } from '@fintech-streams/contracts'
import { z } from 'zod'
import { type QuarantineRules } from './lake/decode.ts'
import { FORMATS, type StatementFormat } from './statements/formats.ts'

const decimal = z.string().regex(/^\d{1,12}(\.\d{1,6})?$/, 'a decimal such as "0.05"')
const currency = z.string().regex(/^[A-Z]{3}$/, 'an ISO 4217 code')

const bankSchema = z.strictObject({
  id: z.string().regex(/^[A-Z][A-Z0-9]{1,9}$/, 'at most ten capital letters and digits'),
  /** As statements write it. */
  name: z.string().min(1),
  /** BICs of eight characters, which stand for all branches, or of eleven. */
  bics: z.array(z.string().regex(/^[A-Z0-9]{8}(?:[A-Z0-9]{3})?$/, 'a BIC such as MERIDEFF or MERIDEFFXXX')).default([]),
  /** IBANs, or the bank's own numbers, of the accounts whose statements it sends. */
  accounts: z.array(z.string().min(1)).default([]),
  /** How many accounts' statements a business day has. */
  statements_per_day: z.int().min(1).default(1),
  format: z.enum(Object.keys(FORMATS) as StatementFormat[]),
  /** Each type of transaction settles with one bank. */
  transaction_types: z.array(z.enum(TRANSACTION_TYPES)).min(1),
  /** USD where the bank settles everything in dollars; null where it settles in the transaction's own currency. */
  settlement_currency: z.literal('USD').nullable(),
})

const rulesSchema = z
  .strictObject({
    version: z.string().min(1),
    quarantine: z.strictObject({ currencies: z.array(currency).min(1), earliest: z.iso.date() }),
    banks: z.array(bankSchema).min(1),
    matching: z.strictObject({
      /** Amounts no further apart than this are equal. */
      amount_tolerance: decimal,
      /** A converted amount no further off than this part of it was converted at another rate. */
      fx_tolerance_ratio: decimal,
      /** Days from a transaction to its settlement; more is late. */
      late_after_days: z.int().min(0).max(30),
      /** Upper bound of the days from a transaction to a line without a reference. */
      date_window_days: z.int().min(0).max(30),
      /** How far apart the amounts of a match without a reference may be. */
      near_amount_tolerance: decimal,
      /** Upper bound of a split's lines, and of a batch's transactions, that are matched without references. */
      group_size_max: z.int().min(2).max(100),
      /**
       * Upper bound of the days from a transaction to a line that names it. A night looks back this many days, and
       * reconciles them again with what has come since.
       */
      settles_within_days: z.int().min(1).max(31),
    }),
    statements: z.strictObject({
      /** The hour, UTC, of the next business day at which a day's statement is late. */
      due_hour: z.int().min(0).max(23),
    }),
    payout: z.strictObject({ business_days: z.int().min(0).max(30) }),
    merchant_anomaly: z.strictObject({
      chargeback_rate: decimal,
      refund_rate: decimal,
      /** Times the mean volume of the days before. */
      volume_factor: decimal,
      days: z.int().min(1).max(31),
    }),
    user_spend: z.strictObject({ repeated_declines: z.int().min(1) }),
  })
  .refine(({ banks }) => {
    const types = banks.flatMap(({ transaction_types }) => transaction_types)
    return new Set(types).size === types.length
  }, 'a transaction type settles with one bank only')

const holidaysSchema = z.strictObject({ calendar: z.string(), holidays: z.array(z.iso.date()) })

export type Bank = z.infer<typeof bankSchema>
export type Rules = z.infer<typeof rulesSchema>
export type Holidays = z.infer<typeof holidaysSchema>

const FOLDER = join(import.meta.dirname, '..')

/** The documents that say what is expected: banks, tolerances, quarantine, payouts; and the bank holidays. */
export const rulesSettings = {
  rulesFile: text({
    env: 'RECONCILIATION_RULES',
    default: join(FOLDER, 'rules.json'),
    takes: 'file',
    help: 'banks, tolerances, quarantine and payouts',
  }),
  holidaysFile: text({
    env: 'RECONCILIATION_HOLIDAYS',
    default: join(FOLDER, 'holidays.json'),
    takes: 'file',
    help: 'days on which banks do not settle, beside Saturdays and Sundays',
  }),
}

/** @throws OperatingError that names the field which is wrong. */
export function loadRules(file = rulesSettings.rulesFile.default): Rules {
  return load(file, rulesSchema)
}

/** @throws OperatingError that names the field which is wrong. */
export function loadHolidays(file = rulesSettings.holidaysFile.default): Holidays {
  return load(file, holidaysSchema)
}

export function quarantineRules({ quarantine }: Rules): QuarantineRules {
  return { currencies: new Set(quarantine.currencies), earliestMs: Date.parse(quarantine.earliest) }
}

/** How many days apart a transaction and its line may be, and so how far a night looks back. */
export const reachDays = ({ matching }: Rules): number =>
  Math.max(matching.settles_within_days, matching.date_window_days)

/** @throws OperatingError for a bank that the rules do not know. */
export function bankOf(rules: Rules, id: string): Bank {
  const bank = rules.banks.find((candidate) => candidate.id === id)
  if (bank !== undefined) return bank
  const known = rules.banks.map((candidate) => candidate.id).join(', ')
  throw new OperatingError('unknown_bank', `unknown bank ${id}: expected one of ${known}, or add it to the rules`)
}

function load<T>(file: string, schema: z.ZodType<T>): T {
  let parsed: unknown
  try {
    parsed = JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    throw new OperatingError('bad_rules', `cannot read ${file}: ${(error as Error).message}`, error)
  }
  const result = schema.safeParse(parsed)
  if (result.success) return result.data
  const [issue] = result.error.issues
  throw new OperatingError('bad_rules', `${file}: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not valid'}`)
}
