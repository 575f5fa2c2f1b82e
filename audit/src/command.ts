import { writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  addSettings,
  createLogger,
  createProgram,
  duration,
  EXIT_FAILURE,
  kafkaSettings,
  metricsPort,
  OperatingError,
  postgresSettings,
  reasonOf,
  startMetricsServer,
  STOP_WITHIN_MS,
  stopSignal,
  text,
  toggle,
  UsageError,
  type Values,
  valuesOf,
} from '@fintech-streams/service'
import { kafkaConnection } from '@fintech-streams/kafka'
import { postgresConnection } from '@fintech-streams/postgres'
import { HOUR_MS, MINUTE_MS } from '@fintech-streams/contracts'
import { collectDefaultMetrics, Registry } from 'prom-client'
import { type Audit, Auditor } from './auditor.ts'
import { AuditMetrics } from './metrics.ts'
import { auditJson, auditLines } from './report.ts'

const METRICS_PORT = 'AUDIT_METRICS_PORT'

const settings = {
  ...kafkaSettings,
  ...postgresSettings,
  window: duration({ env: 'AUDIT_WINDOW', default: 2 * HOUR_MS, help: 'how far back to look' }),
  all: toggle({ help: 'look at everything since the first transaction' }),
  settle: duration({ env: 'AUDIT_SETTLE', default: MINUTE_MS, help: 'how long something may be on its way' }),
  watch: toggle({ help: 'again and again, until stopped' }),
  serve: toggle({ help: 'the same for Prometheus, without a table' }),
  every: duration({ env: 'AUDIT_EVERY', default: 30_000, help: 'between two audits of --watch and --serve' }),
  metricsPort: metricsPort(METRICS_PORT, 9106),
  json: text({ default: undefined, takes: 'file', help: 'write the result to this file, too' }),
}

export const command = createProgram(
  'audit',
  'Conservation on the running system: every row of Postgres has come out once, and sums are the same everywhere',
)
addSettings(command, settings).action(async () => {
  const values = valuesOf(command, settings)
  if (values.serve && values.all) throw new UsageError('--serve looks at a window: leave out --all')
  const auditor = new Auditor({
    postgres: { ...postgresConnection(values), application_name: 'audit' },
    kafka: kafkaConnection(values, 'fintech-audit'),
    windowMs: values.all ? Infinity : values.window,
    settleWithinMs: values.settle,
  })
  try {
    if (values.serve) await serve(auditor, values)
    else if (values.watch) await watch(auditor, values.every, stopSignal(STOP_WITHIN_MS))
    else await once(auditor, values.json)
  } finally {
    await auditor.close()
  }
})

async function once(auditor: Auditor, jsonFile: string | undefined): Promise<void> {
  const audit = await explained(auditor.audit())
  auditLines(audit).forEach((line) => console.log(line))
  if (jsonFile !== undefined) writeFileSync(jsonFile, `${auditJson(audit)}\n`)
  if (audit.state !== 'conserved') process.exitCode = EXIT_FAILURE
}

async function watch(auditor: Auditor, everyMs: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const audit = await explained(auditor.audit())
    auditLines(audit).forEach((line) => console.log(line))
    console.log('')
    await sleep(everyMs, undefined, { signal }).catch(() => undefined)
  }
}

/** Metrics until stopped. What cannot be audited now may be later, so no error ends it. */
async function serve(auditor: Auditor, values: Values<typeof settings>): Promise<void> {
  const signal = stopSignal(STOP_WITHIN_MS)
  const logger = createLogger('audit')
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const metrics = new AuditMetrics(registry)
  let isReady = false
  const options = { port: values.metricsPort, portVariable: METRICS_PORT, registry, isReady: () => isReady }
  const server = await startMetricsServer(options)
  while (!signal.aborted) {
    // It does its work as soon as it looks, whatever it finds.
    isReady = true
    try {
      const audit = await auditor.audit()
      metrics.audited(audit)
      if (audit.state !== 'conserved') logger.warn({ audit: JSON.parse(auditJson(audit)) as unknown }, audit.state)
    } catch (error) {
      logger.warn({ err: error }, 'cannot audit now')
    }
    await sleep(values.every, undefined, { signal }).catch(() => undefined)
  }
  await server?.close()
}

/** An address where nobody answers, or a table that is not there yet, in one line. */
async function explained(audit: Promise<Audit>): Promise<Audit> {
  try {
    return await audit
  } catch (error) {
    if (error instanceof OperatingError || !(error instanceof Error && 'code' in error)) throw error
    const reason = reasonOf(error)
    throw new OperatingError(
      'cannot_audit',
      `cannot audit: ${reason} (is the stack up? npx fintech stack status)`,
      error,
    )
  }
}
