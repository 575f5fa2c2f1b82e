import { parseMetrics, type Sample, type Samples } from '@fintech-streams/service'
import { processorMetricsPort } from './node-processes.ts'
import { type Stack } from './stack.ts'

const TIMEOUT_MS = 5_000

/** Metrics of all processors of the stack together; one that does not answer contributes nothing. */
export async function processorSamples(stack: Stack): Promise<Samples> {
  const pages = Array.from({ length: stack.processors }, (_, index) =>
    metricsOf(processorMetricsPort(stack, index + 1)),
  )
  return (await Promise.all(pages)).flat()
}

async function metricsOf(port: number): Promise<Sample[]> {
  try {
    const response = await fetch(`http://localhost:${port}/metrics`, { signal: AbortSignal.timeout(TIMEOUT_MS) })
    return response.ok ? parseMetrics(await response.text()) : []
  } catch {
    return []
  }
}
