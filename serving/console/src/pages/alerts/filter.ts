import { ANOMALY_TYPES, FRAUD_VERDICTS, parseUuid } from '@fintech-streams/contracts'
import type { Alert, AlertKind, AlertType } from '@fintech-streams/api/schema'
import { useAddress } from '../../elements/use-address.ts'

/** Which alerts are shown. It is in the page's address, so that a view can be kept and sent. */
export interface Filter {
  readonly kind: AlertKind | undefined
  readonly types: readonly AlertType[]
  readonly minScore: number | undefined
  /** As it was typed: it filters once it is a whole id. */
  readonly customer: string
}

export const TYPES: Readonly<Record<AlertKind, readonly AlertType[]>> = {
  fraud: FRAUD_VERDICTS.filter((verdict) => verdict !== 'NORMAL'),
  anomaly: ANOMALY_TYPES,
}

/** The id that was typed, when it is one. */
export const customerId = ({ customer }: Filter): string | undefined => parseUuid(customer.trim())

export const isFiltered = ({ kind, types, minScore, customer }: Filter): boolean =>
  kind !== undefined || types.length > 0 || minScore !== undefined || customer !== ''

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
  const [search, change] = useAddress()
  const filter = filterOf(search)
  return [
    filter,
    (changed) => {
      const { kind, types, minScore, customer } = { ...filter, ...changed }
      change({ kind, type: types, min_score: minScore, customer })
    },
  ]
}

function filterOf(search: URLSearchParams): Filter {
  const kind = search.get('kind')
  const known: readonly string[] = [...TYPES.fraud, ...TYPES.anomaly]
  const minScore = Number(search.get('min_score') ?? NaN)
  return {
    kind: kind === 'fraud' || kind === 'anomaly' ? kind : undefined,
    types: search.getAll('type').filter((type): type is AlertType => known.includes(type)),
    minScore: Number.isFinite(minScore) ? minScore : undefined,
    customer: search.get('customer') ?? '',
  }
}
