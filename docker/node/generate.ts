/**
 * `generator run-all` for a container, which may start many times. Of the history that `GENERATOR_BACKFILL` asks for it
 * writes only what is missing and still counts, as `make demo` does.
 */
import { duration, parseMetrics, type Samples, text, valuesFromEnvironment } from '@fintech-streams/service'
import { missingHistoryMs, newestEventMs } from '@fintech-streams/ledger'
import { databaseConfig, databaseSettings, withConnection } from '@fintech-streams/generator'

const ANSWER_MS = 10_000

const values = valuesFromEnvironment({
  ...databaseSettings,
  backfill: duration({ env: 'GENERATOR_BACKFILL', default: 7_200_000, help: 'history to write, at most' }),
  processor: text({
    env: 'PROCESSOR_METRICS_URL',
    default: 'http://processor:9101',
    takes: 'URL',
    help: 'its metrics',
  }),
})

/** Of any one of the processors: idle partitions go on at one pace. Without an answer it has missed what we missed. */
async function processorSamples(): Promise<Samples> {
  try {
    const page = await fetch(`${values.processor}/metrics`, { signal: AbortSignal.timeout(ANSWER_MS) })
    return page.ok ? parseMetrics(await page.text()) : []
  } catch {
    return []
  }
}

const newestMs = await withConnection(databaseConfig(values), newestEventMs)
process.env['GENERATOR_BACKFILL'] = `${missingHistoryMs(values.backfill, newestMs, await processorSamples())}ms`
process.argv.push('generator', 'run-all')
await import('@fintech-streams/cli')
