import { useMemo, useState } from 'react'
import type { PanelRequest, Variable } from '@fintech-streams/api/schema'
import { useAddress } from '../../elements/use-address.ts'
import type { Dashboard } from './model.ts'
import { bounds, durationMs, type TimeRange } from './range.ts'

/** What is looked at: range, values of the variables, and how often again. All but the last is in the address. */
export interface View {
  readonly range: TimeRange
  readonly variables: Readonly<Record<string, readonly string[]>>
  /** `false`: only when asked to. */
  readonly refreshMs: number | false
  /** Changes when something else is looked at, or somebody asks for it again. */
  readonly key: string
  /** What is asked of the API now. */
  request(): { readonly body: PanelRequest; readonly fromMs: number; readonly toMs: number }
  setRange(range: TimeRange): void
  setVariable(name: string, values: readonly string[]): void
  setRefreshMs(ms: number | false): void
  refresh(): void
}

export function useView(dashboard: Dashboard, known: readonly Variable[]): View {
  const [search, change] = useAddress()
  const [chosen, setChosen] = useState<{ readonly of: Dashboard; readonly ms: number | false }>()
  const refreshMs = chosen?.of === dashboard ? chosen.ms : (durationMs(dashboard.refresh ?? '') ?? 30_000)
  const [asked, setAsked] = useState(0)
  const fallback = useMemo(
    () => ({ from: dashboard.time?.from ?? 'now-3h', to: dashboard.time?.to ?? 'now' }),
    [dashboard],
  )
  return useMemo(() => {
    const range = { from: search.get('from') ?? fallback.from, to: search.get('to') ?? fallback.to }
    const variables = Object.fromEntries(known.map((variable) => [variable.name, valuesIn(search, variable)]))
    return {
      range,
      variables,
      refreshMs,
      key: JSON.stringify([range, variables, asked]),
      request: () => {
        const { fromMs, toMs } = bounds(range, fallback, Date.now())
        const given = Object.fromEntries(Object.entries(variables).map(([name, values]) => [name, [...values]]))
        return { fromMs, toMs, body: { from: Math.round(fromMs), to: Math.round(toMs), variables: given } }
      },
      setRange: ({ from, to }) => change({ from, to }),
      setVariable: (name, values) => change({ [`var-${name}`]: values }),
      setRefreshMs: (ms) => setChosen({ of: dashboard, ms }),
      refresh: () => setAsked((times) => times + 1),
    }
    // `change` is another one each time, and does the same.
  }, [search, known, fallback, dashboard, refreshMs, asked])
}

/** What the address says of a variable; without it, what it is at first. Several values are all of them if none is left. */
function valuesIn(search: URLSearchParams, { name, values }: Variable): readonly string[] {
  const given = search.getAll(`var-${name}`).filter((value) => value !== '$__all')
  return given.length === 0 ? values : given
}
