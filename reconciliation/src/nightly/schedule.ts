import { setTimeout as sleep } from 'node:timers/promises'
import {
  createLogger,
  duration,
  type Logger,
  type MetricsServer,
  metricsPort,
  number,
  OperatingError,
  startMetricsServer,
  STOP_WITHIN_MS,
  stopSignal,
  toggle,
  type Values,
} from '@fintech-streams/service'
import { minutes } from '@fintech-streams/contracts'
import { collectDefaultMetrics, Registry } from 'prom-client'
import { openLake } from '../lake/settings.ts'
import { loadRules } from '../rules.ts'
import { ArrivedFiles } from '../statements/arrived-files.ts'
import { generate, generateSettings, hasLabels, takeInFiles } from '../statements/command.ts'
import { statementsOf } from '../statements/coverage.ts'
import { checkHealth, reconcileDay } from './command.ts'
import { DaySchedule } from './day-schedule.ts'
import { nightlySettings } from './settings.ts'
import { reportStatements } from './statement-report.ts'

export { dueDate } from './days.ts'

const METRICS_PORT = 'NIGHTLY_METRICS_PORT'
const LOOK_EVERY_MS = minutes(1)

export const scheduleSettings = {
  ...nightlySettings,
  statementsDir: generateSettings.statementsDir,
  after: duration({ env: 'NIGHTLY_AFTER', default: minutes(20), help: 'how long after midnight UTC a day is due' }),
  patience: duration({
    env: 'NIGHTLY_PATIENCE',
    default: minutes(60),
    help: 'how long a day that is due may wait for streams that are behind; then it fails and alerts',
  }),
  retry: duration({ env: 'NIGHTLY_RETRY', default: minutes(15), help: 'how long after a failure to try again' }),
  attempts: number({ env: 'NIGHTLY_ATTEMPTS', default: 8, min: 1, integer: true, help: 'how often a day is tried' }),
  again: duration({
    env: 'NIGHTLY_AGAIN',
    default: minutes(5),
    help: 'how long after a day was reconciled again the next one may be',
  }),
  demoStatements: toggle({
    env: 'NIGHTLY_DEMO_STATEMENTS',
    help: 'write the statements that banks would send, where none have come',
  }),
  metricsPort: metricsPort(METRICS_PORT, 9105),
}

/** @throws OperatingError when the metrics port is in use. */
async function startServer(port: number): Promise<MetricsServer | undefined> {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  return startMetricsServer({ port, portVariable: METRICS_PORT, registry, isReady: () => true })
}

type ScheduleValues = Values<typeof scheduleSettings>

/**
 * Takes in statements as they come, and runs the nightly batch for each day once it is over, the oldest first, and again
 * for days that more has come of; until SIGTERM. Whatever fails is tried again, and holds up nothing else.
 */
export async function schedule(values: ScheduleValues, print: (line: string) => void): Promise<void> {
  const signal = stopSignal(STOP_WITHIN_MS)
  const logger = createLogger('nightly')
  const server = await startServer(values.metricsPort)
  const folder = new ArrivedFiles(values.statementsDir)
  const days = new DaySchedule(values)
  const trying = (what: string, work: () => Promise<void>): Promise<void> =>
    work().catch((error: unknown) => logger.error({ err: error }, what))
  while (!signal.aborted) {
    await trying('not all statements are taken in', () => folder.each((paths) => takeIn(values, paths, print)))
    let isDone = true
    await trying('the day is not reconciled', async () => {
      isDone = !(await runNext(values, days, print, logger))
    })
    await trying('not told of statements', () => reportStatements(values))
    if (isDone) await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined)
  }
  await server?.close()
}

const takeIn = async (
  values: ScheduleValues,
  paths: readonly string[],
  print: (line: string) => void,
): Promise<void> => {
  await takeInFiles(values, paths, print)
}

/** Runs the next day. @returns whether there was one and it was published. */
async function runNext(
  values: ScheduleValues,
  days: DaySchedule,
  print: (line: string) => void,
  logger: Logger,
): Promise<boolean> {
  const snapshot = await openLake(values).manifest.latest()
  const rules = loadRules(values.rulesFile)
  for (const date of days.candidates(snapshot, rules, Date.now())) {
    if (days.isPatient(date, Date.now()) && !(await isHealthy(values, date, logger))) continue
    days.begin(date, Date.now())
    if (values.demoStatements && !(await hasStatements(values, date))) {
      await demoStatements(values, date, print).catch((error: unknown) => {
        logger.error({ err: error, date }, 'no statements are written for the demo')
      })
    }
    await reconcileDay({ ...values, date }, date, print)
    days.end(date, Date.now())
    return true
  }
  return false
}

async function isHealthy(values: ScheduleValues, date: string, logger: Logger): Promise<boolean> {
  try {
    await checkHealth(values, date)
    return true
  } catch (error) {
    if (!(error instanceof OperatingError)) throw error
    logger.info({ date, reason: error.message }, 'waiting')
    return false
  }
}

async function demoStatements(values: ScheduleValues, date: string, print: (line: string) => void): Promise<void> {
  const paths = await generate({ ...values, date, breaks: generateSettings.breaks.default, seed: date }, print)
  await takeIn(values, paths, print)
}

/** Whether statements of a date were written by this program, or have come. */
async function hasStatements(values: ScheduleValues, date: string): Promise<boolean> {
  if (await hasLabels(values.statementsDir, date)) return true
  const { statementFiles: taken } = await openLake(values).manifest.latest()
  return taken.flatMap(statementsOf).some(({ from, to, isIncomplete }) => from <= date && date <= to && !isIncomplete)
}
