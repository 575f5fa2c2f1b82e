import { useSearchParams } from 'react-router'
import type { Alert, AlertKind, AlertType } from '@fintech-streams/api/schema'

/** Which alerts are shown. It is in the page's address, so that a view can be kept and sent. */
export interface Filter {
  readonly kind: AlertKind | undefined
  readonly types: readonly AlertType[]
  readonly minScore: number | undefined
  /** As it was typed: it filters once it is a whole id. */
  readonly customer: string
}

export const TYPES: Readonly<Record<AlertKind, readonly AlertType[]>> = {
  fraud: ['HIGH_AMOUNT', 'FREQUENCY_ANOMALY', 'LOCATION_ANOMALY', 'TIME_ANOMALY'],
  anomaly: ['STATISTICAL_OUTLIER', 'PATTERN_DEVIATION', 'VELOCITY_ANOMALY'],
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** The id that was typed, when it is one. */
export const customerId = ({ customer }: Filter): string | undefined =>
  UUID.test(customer.trim()) ? customer.trim().toLowerCase() : undefined

/** As the API takes it. */
export const queryOf = (filter: Filter) => ({
  kind: filter.kind,
  type: filter.types,
  min_score: filter.minScore,
  customer_id: customerId(filter),
})

/** Whether a live alert belongs to what is shown: as the API decides for the others. */
export function matches(filter: Filter, alert: Alert): boolean {
  const id = customerId(filter)
  return (
    (filter.kind === undefined || alert.kind === filter.kind) &&
    (filter.types.length === 0 || filter.types.includes(alert.type)) &&
    (filter.minScore === undefined || Math.abs(alert.score) >= filter.minScore) &&
    (id === undefined || alert.customer_id === id)
  )
}

export function useFilter(): [Filter, (change: Partial<Filter>) => void] {
  const [parameters, setParameters] = useSearchParams()
  const filter = filterOf(parameters)
  const change = (changed: Partial<Filter>): void => {
    setParameters(
      (before) => {
        const next = { ...filterOf(before), ...changed }
        const after = new URLSearchParams(before)
        set(after, 'kind', next.kind === undefined ? [] : [next.kind])
        set(after, 'type', next.types)
        set(after, 'min_score', next.minScore === undefined ? [] : [String(next.minScore)])
        set(after, 'customer', next.customer === '' ? [] : [next.customer])
        return after
      },
      { replace: true },
    )
  }
  return [filter, change]
}

function filterOf(parameters: URLSearchParams): Filter {
  const kind = parameters.get('kind')
  const known: readonly string[] = [...TYPES.fraud, ...TYPES.anomaly]
  const minScore = Number(parameters.get('min_score') ?? NaN)
  return {
    kind: kind === 'fraud' || kind === 'anomaly' ? kind : undefined,
    types: parameters.getAll('type').filter((type): type is AlertType => known.includes(type)),
    minScore: Number.isFinite(minScore) ? minScore : undefined,
    customer: parameters.get('customer') ?? '',
  }
}

function set(parameters: URLSearchParams, name: string, values: readonly string[]): void {
  parameters.delete(name)
  for (const value of values) parameters.append(name, value)
}
