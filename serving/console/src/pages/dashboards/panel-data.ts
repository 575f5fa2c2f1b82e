import { keepPreviousData, useQuery } from '@tanstack/react-query'
import type { LinesResult, PanelResponse, RowsResult } from '@fintech-streams/api/schema'
import { post } from '../../api/client.ts'
import { useDashboard } from './context.ts'
import type { Panel } from './model.ts'

/** The data of a panel, and the range for which it was asked. */
export interface PanelData {
  readonly fromMs: number
  readonly toMs: number
  /** The data source that would be needed, and is not there. */
  readonly needs: 'Prometheus' | 'Kafka' | undefined
  readonly lines: LinesResult['lines']
  readonly rows: RowsResult | undefined
}

export const isEmpty = ({ lines, rows }: PanelData): boolean => lines.length === 0 && (rows?.rows ?? []).length === 0

export function usePanelData(panel: Panel, isVisible: boolean) {
  const { uid, view } = useDashboard()
  return useQuery({
    queryKey: ['panel', uid, panel.id, view.key],
    queryFn: async ({ signal }): Promise<PanelData> => {
      const { body, fromMs, toMs } = view.request()
      const address = `/v1/dashboards/${encodeURIComponent(uid)}/panels/${panel.id ?? 0}/data`
      return { fromMs, toMs, ...found(await post<PanelResponse>(address, body, signal)) }
    },
    enabled: isVisible,
    refetchInterval: view.refreshMs,
    placeholderData: keepPreviousData,
  })
}

function found({ results }: PanelResponse): Omit<PanelData, 'fromMs' | 'toMs'> {
  const [first] = results
  return {
    needs: first?.kind === 'missing' ? first.needs : undefined,
    lines: results.flatMap((result) => (result.kind === 'lines' ? result.lines : [])),
    rows: results.find((result) => result.kind === 'rows'),
  }
}

/** The data of any panel as rows: of lines, a row for each time and a column for each line. */
export function asRows({ lines, rows }: PanelData): RowsResult {
  if (rows !== undefined) return rows
  const byTime = new Map<number, (number | null)[]>()
  for (const [at, { points }] of lines.entries()) {
    for (const [timeMs, value] of points) {
      const row = byTime.get(timeMs) ?? lines.map(() => null)
      row[at] = value
      byTime.set(timeMs, row)
    }
  }
  return {
    kind: 'rows',
    ref_id: '',
    columns: [{ name: 'time', type: 'time' }, ...lines.map(({ name }) => ({ name, type: 'number' as const }))],
    rows: [...byTime].sort(([one], [other]) => other - one).map(([timeMs, values]) => [timeMs, ...values]),
  }
}
