import { readFile } from 'node:fs/promises'
import { OperatingError } from '@fintech-streams/service'
import { z } from 'zod'

/** What a line can say. A file without a mapping calls its columns like this. */
export const FIELDS = [
  'transaction_id',
  'created_at',
  'customer_id',
  'customer_tier',
  'customer_country',
  'customer_city',
  'account_id',
  'to_account_id',
  'transaction_type',
  'amount',
  'currency',
  'fx_rate',
  'amount_usd',
  'fee_amount',
  'status',
  'channel',
  'merchant_id',
  'merchant_name',
  'merchant_category',
  'mcc',
  'country',
  'city',
  'lat',
  'lon',
  'device_fingerprint',
  'ip_address',
  'risk_score',
  'original_transaction_id',
  'typology',
] as const
export type Field = (typeof FIELDS)[number]

export const TIME_FORMATS = ['iso', 'utc', 'epoch_s', 'epoch_ms'] as const
export type TimeFormat = (typeof TIME_FORMATS)[number]

const field = z.enum(FIELDS)

const mappingSchema = z.strictObject({
  /** Field to the name of the file's column; when given, only these columns are read. */
  columns: z.partialRecord(field, z.string().min(1)).optional(),
  /** Field to the value of lines that have none. */
  constants: z.partialRecord(field, z.string()).default({}),
  /** Field to the file's spelling of a value to ours. */
  values: z.partialRecord(field, z.record(z.string(), z.string())).default({}),
  time: z.enum(TIME_FORMATS).default('iso'),
  delimiter: z.string().length(1).default(','),
})

/** How a file's columns and values become fields. */
export type Mapping = z.infer<typeof mappingSchema>

export const NO_MAPPING: Mapping = mappingSchema.parse({})

/** @throws OperatingError that names the file and the first thing that is wrong in it. */
export async function readMapping(path: string): Promise<Mapping> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    throw new OperatingError('no_mapping', `cannot read the mapping file ${path}: ${(error as Error).message}`, error)
  }
  try {
    return mappingSchema.parse(JSON.parse(text))
  } catch (error) {
    const reason = error instanceof z.ZodError ? firstIssue(error) : (error as Error).message
    throw new OperatingError('bad_mapping', `the mapping file ${path} is wrong: ${reason}`, error)
  }
}

function firstIssue({ issues: [issue] }: z.ZodError): string {
  if (issue === undefined) return 'it does not fit'
  return issue.path.length === 0 ? issue.message : `${issue.path.join('.')}: ${issue.message}`
}

export type Fields = Partial<Record<Field, string>>

/** A record of the file as fields. An empty value counts as none. */
export function fieldsOf(record: Readonly<Record<string, unknown>>, mapping: Mapping): Fields {
  const fields: Fields = { ...mapping.constants }
  for (const name of FIELDS) {
    const column = mapping.columns === undefined ? name : mapping.columns[name]
    const given = column === undefined ? undefined : textOf(record[column])
    if (given !== undefined) fields[name] = mapping.values[name]?.[given] ?? given
  }
  return fields
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (typeof value !== 'string' || value.trim() === '') return undefined
  // Half of a surrogate pair is no character, and the database refuses it.
  return value.trim().toWellFormed()
}
