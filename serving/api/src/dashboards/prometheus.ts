import { Problem, unavailable } from '@fintech-streams/service'
import { type LinesResult, type RowsResult } from './schema.ts'

const WITHIN_MS = 3_000

type Labels = Readonly<Record<string, string>>
type Sample = readonly [seconds: number, value: string]
interface PrometheusResponse {
  readonly status: string
  readonly error?: string
  readonly data?: { readonly result: readonly { metric: Labels; value?: Sample; values?: readonly Sample[] }[] }
}

/** A Prometheus server. */
export class Prometheus {
  readonly #address: string

  /** @param address such as `http://localhost:9090` */
  constructor(address: string) {
    this.#address = address.replace(/\/$/, '')
  }

  /** @throws Problem when it cannot be asked, or refuses the query. */
  async range(
    refId: string,
    asked: { expr: string; from: Date; to: Date; stepMs: number; legend: string | undefined },
  ): Promise<LinesResult> {
    const { expr, from, to, stepMs, legend } = asked
    const range = { start: from.getTime() / 1_000, end: to.getTime() / 1_000, step: stepMs / 1_000 }
    const { data } = await this.#ask('query_range', { query: expr, ...range })
    const lines = (data?.result ?? []).map(({ metric, values = [] }) => ({
      name: named(legend, metric),
      points: withGaps(
        values.map(([seconds, value]) => [seconds * 1_000, finite(value)] as const),
        stepMs,
      ),
    }))
    return { kind: 'lines', ref_id: refId, lines }
  }

  /** The values at one moment: a column for each label, and the value. @throws as {@link range}. */
  async at(refId: string, expr: string, moment: Date): Promise<RowsResult> {
    const { data } = await this.#ask('query', { query: expr, time: moment.getTime() / 1_000 })
    const found = data?.result ?? []
    const labels = [...new Set(found.flatMap(({ metric }) => Object.keys(metric)))]
    return {
      kind: 'rows',
      ref_id: refId,
      columns: [...labels.map((name) => ({ name, type: 'text' as const })), { name: 'Value', type: 'number' as const }],
      rows: found.map(({ metric, value }) => [
        ...labels.map((label) => metric[label] ?? null),
        value === undefined ? null : finite(value[1]),
      ]),
    }
  }

  async #ask(path: string, parameters: Record<string, string | number>): Promise<PrometheusResponse> {
    const query = new URLSearchParams(
      Object.entries(parameters).map(([name, value]): [string, string] => [name, String(value)]),
    )
    const response = await fetch(`${this.#address}/api/v1/${path}?${query.toString()}`, {
      signal: AbortSignal.timeout(WITHIN_MS),
    }).catch((error: unknown) => {
      throw unavailable(`Prometheus does not answer at ${this.#address}`, error)
    })
    const answer = (await response.json().catch(() => ({ status: 'error' }))) as PrometheusResponse
    if (answer.status === 'success') return answer
    throw new Problem('unprocessable', `Prometheus refuses the query: ${answer.error ?? response.statusText}`)
  }
}

type Point = [timeMs: number, value: number | null]

/** Where Prometheus has no value, it leaves the step out; here it is null, so that no line is drawn across. */
function withGaps(points: readonly (readonly [number, number | null])[], stepMs: number): Point[] {
  return points.flatMap(([atMs, value], at): Point[] => {
    const missedMs = atMs - (points[at - 1]?.[0] ?? atMs)
    return [...(missedMs > 1.5 * stepMs ? [[atMs - stepMs, null] as Point] : []), [atMs, value]]
  })
}

/** `{{label}}` in a legend is the label's value. */
function named(legend: string | undefined, metric: Labels): string {
  if (legend !== undefined && legend !== '' && legend !== '__auto') {
    return legend.replaceAll(/\{\{\s*(\w+)\s*\}\}/g, (_, label: string) => metric[label] ?? '')
  }
  const { __name__: name = '', ...labels } = metric
  const texts = Object.entries(labels).map(([label, value]) => `${label}="${value}"`)
  return texts.length === 0 ? name : `${name}{${texts.join(', ')}}`
}

function finite(value: string): number | null {
  const number = Number(value)
  return Number.isFinite(number) ? number : null
}
