import { readFile } from 'node:fs/promises'
import { OperatingError } from '@fintech-streams/service'
import { InstantError, parseInstant, TRANSACTION_TYPES } from '@fintech-streams/contracts'
import { z } from 'zod'
import { isEncoding } from './encoding.ts'
import { isSteps, isTimeForm } from './times.ts'

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

const field = z.enum(FIELDS)
const type = z.enum(TRANSACTION_TYPES)

const start = z.string().transform((text, context) => {
  try {
    return parseInstant(text)
  } catch (error) {
    if (!(error instanceof InstantError)) throw error
    context.addIssue(error.message)
    return z.NEVER
  }
})

const mappingSchema = z
  .strictObject({
    /** Whose ids these are: customer 17 of one source is not customer 17 of another. UUIDs are everybody's. */
    source: z.string().min(1).optional(),
    /** Field to the name of the file's column; when given, only these columns are read. */
    columns: z.partialRecord(field, z.string().min(1)).optional(),
    /** Field to the value of lines that have none. */
    constants: z.partialRecord(field, z.string()).default({}),
    /** Field to the file's spelling of a value to ours; an empty one of ours is no value. */
    values: z.partialRecord(field, z.record(z.string(), z.string())).default({}),
    /** Field to the types of transaction that have it; others go without. */
    only_for: z.partialRecord(field, z.array(type).min(1)).default({}),
    /** The types of lines without one, where the sign of the amount says which way the money goes. */
    type_by_sign: z.strictObject({ negative: type, positive: type }).optional(),
    time: z
      .string()
      .refine(isTimeForm, 'expected iso, utc, epoch_s, epoch_ms, step_h, or a form such as DD.MM.YYYY HH:mm')
      .default('iso'),
    /** When step 0 is, in UTC. */
    start: start.optional(),
    /** By what the values show, when left out. */
    decimal: z.enum(['.', ',']).optional(),
    /** By the first line, when left out. */
    delimiter: z.string().length(1).optional(),
    /** By the file's bytes, when left out. */
    encoding: z.string().refine(isEncoding, 'expected an encoding such as utf-8 or windows-1252').optional(),
    /** The number of the line that names the columns; the first one when left out. */
    header_line: z.int().min(1).optional(),
  })
  .refine(({ time, start }) => start !== undefined || !isSteps(time), {
    path: ['start'],
    error: 'steps need the time of step 0',
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
    return mappingSchema.parse(JSON.parse(text.replace(/^\uFEFF/, '')))
  } catch (error) {
    const reason = error instanceof z.ZodError ? firstIssue(error) : (error as Error).message
    throw new OperatingError('bad_mapping', `the mapping file ${path} is wrong: ${reason}`, error)
  }
}

function firstIssue({ issues: [issue] }: z.ZodError): string {
  if (issue === undefined) return 'it does not fit'
  return issue.path.length === 0 ? issue.message : `${issue.path.join('.')}: ${issue.message}`
}
