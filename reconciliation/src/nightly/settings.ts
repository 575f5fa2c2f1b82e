import { kafkaSettings, number, postgresSettings, text, type Values } from '@fintech-streams/service'
import { lakeSettings } from '../lake/settings.ts'
import { rulesSettings } from '../rules.ts'

export const nightlySettings = {
  ...postgresSettings,
  ...kafkaSettings,
  ...lakeSettings,
  ...rulesSettings,
  date: text<string | undefined>({
    default: undefined,
    takes: 'date',
    help: 'the day, 2026-11-20; default: each day up to yesterday that is not reconciled, or has had more since',
  }),
  sparkCommand: text({
    env: 'RECONCILIATION_SPARK',
    default: undefined,
    takes: 'command',
    help: "the matching is done by this command instead of DuckDB: 'spark-submit scale/spark/reconcile.py'",
  }),
  maxLag: number({
    env: 'RECONCILIATION_MAX_LAG',
    default: 10_000,
    min: 0,
    integer: true,
    takes: 'records',
    help: 'how far lake and processor may be behind',
  }),
  maxDeadLetters: number({
    env: 'RECONCILIATION_MAX_DEAD_LETTERS',
    default: 100,
    min: 0,
    integer: true,
    takes: 'records',
    help: 'how many records of the day may be unreadable',
  }),
}

export type NightlyValues = Values<typeof nightlySettings>
