import {
  duration,
  number,
  postgresSettings,
  type Setting,
  text,
  toggle,
  UsageError,
  type Values,
} from '@fintech-streams/service'
import { postgresConnection } from '@fintech-streams/postgres'
import { FILE_FORMATS, type FileFormat } from './import/source.ts'
import { InstantError, parseInstant } from '@fintech-streams/contracts'

export const databaseSettings = {
  ...postgresSettings,
  postgresUser: text({ env: 'GENERATOR_DB_USER', default: 'generator', takes: 'name', help: 'database role' }),
  postgresPassword: text({
    env: 'GENERATOR_DB_PASSWORD',
    default: 'generator',
    takes: 'secret',
    help: 'password of the database role',
  }),
}

/** The connection as the generator's database role. */
export const databaseConfig = (values: Values<typeof databaseSettings>) => postgresConnection(values, databaseSettings)

const seed = number({
  env: 'GENERATOR_SEED',
  default: undefined,
  min: 0,
  max: 4_294_967_295,
  integer: true,
  help: 'same seed, same start time: same rows; chosen and printed when left out',
})

const numCustomers = number({
  env: 'GENERATOR_NUM_CUSTOMERS',
  default: 100,
  min: 1,
  max: 1_000_000,
  integer: true,
  help: 'customers to make in an empty database',
})

/** Below this, a plan would sleep for days between two transactions. */
const RATE_MIN = 0.001
const RATE_MAX = 1_000_000

const rate: Setting<number | 'natural'> = {
  env: 'GENERATOR_RATE',
  default: 10,
  takes: 'n',
  help: 'transactions a second before the multiplier of the hour; 0: as fast as possible; "natural": what the customers do in a day by themselves',
  parse: (given) => {
    if (given === 'natural') return given
    const value = given.trim() === '' ? NaN : Number(given)
    if (value === 0 || (value >= RATE_MIN && value <= RATE_MAX)) return value
    throw new UsageError(`--rate is "${given}": expected 0, a number from ${RATE_MIN} to ${RATE_MAX}, or natural`)
  },
}

const startTime: Setting<number | undefined> = {
  env: 'GENERATOR_START_TIME',
  default: undefined,
  takes: 'time',
  help: 'begin at this time, such as 2026-11-20T09:00:00Z, and give every row the time of the plan',
  parse: (given) => {
    try {
      return parseInstant(given)
    } catch (error) {
      if (error instanceof InstantError) throw new UsageError(`--start-time is ${error.message}`)
      throw error
    }
  },
}

export const initSettings = { numCustomers, seed, startTime, ...databaseSettings }

export const runSettings = {
  rate,
  flat: toggle({ env: 'GENERATOR_FLAT', help: 'hold the rate at every hour, without its multiplier' }),
  seed,
  startTime,
  backfill: duration({
    env: 'GENERATOR_BACKFILL',
    default: 0,
    help: 'first write this much history, as fast as possible',
  }),
  duration: duration({
    env: 'GENERATOR_DURATION',
    default: undefined,
    help: 'stop after this long (history not counted); without it run until stopped',
  }),
  count: number({
    default: undefined,
    min: 1,
    max: Number.MAX_SAFE_INTEGER,
    integer: true,
    help: 'stop after this many transactions',
  }),
  fraudRate: number({
    env: 'GENERATOR_FRAUD_RATE',
    default: 0.01,
    min: 0,
    max: 1,
    help: 'share of the transactions that belong to a fraud scenario',
  }),
  ...databaseSettings,
}

export const runAllSettings = { numCustomers, ...runSettings }

const format: Setting<FileFormat | undefined> = {
  default: undefined,
  takes: FILE_FORMATS.join('|'),
  help: 'format of the file; by its ending when left out',
  parse: (given) => {
    const known = FILE_FORMATS.find((name) => name === given)
    if (known === undefined) throw new UsageError(`--format is "${given}": expected ${FILE_FORMATS.join(' or ')}`)
    return known
  },
}

export const importSettings = {
  mapping: text({ default: undefined, takes: 'file', help: 'JSON file that says which column is which field' }),
  format,
  shiftToNow: toggle({ help: 'move all times so that the last one is now' }),
  slotBacklogMb: number({
    default: 256,
    min: 1,
    takes: 'MiB',
    help: 'wait while a connector has more changes than this to read',
  }),
  rejectFile: text({
    default: undefined,
    takes: 'file',
    help: 'where lines go that cannot be imported; FILE.rejected.ndjson when left out',
  }),
  ...databaseSettings,
}

export const reportSettings = databaseSettings

export type RunValues = Values<typeof runSettings>
