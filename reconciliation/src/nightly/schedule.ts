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
  stopSignal,
  toggle,
  type Values,
} from '@fintech-streams/service'
import { DAY_MS, minutes } from '@fintech-streams/contracts'
import { collectDefaultMetrics, Registry } from 'prom-client'
import { dateOf } from '../lake/decode.ts'
import { filesOf, type Snapshot } from '../lake/manifest.ts'
import { openLake } from '../lake/settings.ts'
import { generate, generateSettings, ingest, statementFiles } from '../statements/command.ts'
import { checkHealth, nightly, nightlySettings } from './command.ts'

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

/** The last day that is over for at least so long. */
export function dueDate(nowMs: number, afterMs: number): string {
  return dateOf(nowMs - afterMs - DAY_MS)
}

/** Whether a day has something to reconcile and has not been. */
export function isOpen(snapshot: Snapshot, date: string): boolean {
  return snapshot.runs[date] === undefined && filesOf(snapshot, 'transactions', (day) => day === date).length > 0
}

/** Runs the nightly batch for each day once it is over, until SIGTERM. A day that failed is tried again, a few times. */
export async function schedule(values: ScheduleValues, print: (line: string) => void): Promise<void> {
  const signal = stopSignal()
  const logger = createLogger('nightly')
  const lake = openLake(values)
  const server = await startServer(values.metricsPort)
  let waitingSinceMs = Date.now()
  let attempted = { date: '', times: 0 }
  while (!signal.aborted) {
    const date = dueDate(Date.now(), values.after)
    if (date !== attempted.date) {
      attempted = { date, times: 0 }
      waitingSinceMs = Date.now()
    }
    let waitMs = LOOK_EVERY_MS
    if (attempted.times < values.attempts && isOpen(await lake.manifest.latest(), date)) {
      const isPatient = Date.now() - waitingSinceMs < values.patience
      if (!isPatient || (await isHealthy(values, date, logger))) {
        attempted.times += 1
        if (!(await attempt(values, date, print, logger))) waitMs = values.retry
      }
    }
    await sleep(waitMs, undefined, { signal }).catch(() => undefined)
  }
  await server?.close()
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

/** @returns whether the day was published. */
async function attempt(
  values: ScheduleValues,
  date: string,
  print: (line: string) => void,
  logger: Logger,
): Promise<boolean> {
  try {
    if (values.demoStatements && !(await hasStatements(values, date))) {
      await generate({ ...values, date, breaks: generateSettings.breaks.default, seed: date }, print)
    }
    const files = await statementFiles(values.statementsDir)
    if (files.length > 0) await ingest(values, files, print)
    await nightly({ ...values, date }, print)
    return true
  } catch (error) {
    logger.error({ err: error, date }, 'the day is not reconciled')
    return false
  }
}

async function hasStatements(values: ScheduleValues, date: string): Promise<boolean> {
  const { statementFiles: taken } = await openLake(values).manifest.latest()
  return taken.some((file) => file.date === date)
}
