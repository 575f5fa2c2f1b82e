import { ActionIcon, Group, Paper, Title, Tooltip } from '@mantine/core'
import { useIntersection } from '@mantine/hooks'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { PanelAnswer } from '@fintech-streams/api/schema'
import { post } from '../../api/client.ts'
import { infoIcon, tableIcon } from '../../elements/icons.tsx'
import { Empty, Failure, Loading } from '../../elements/states.tsx'
import { useDashboard } from './context.ts'
import type { Panel } from './model.ts'
import { DataTable } from './panels/data-table.tsx'
import { PanelContent } from './panels/panel-content.tsx'

/** The data of a panel, and the range for which it was asked. */
export interface PanelData {
  readonly answer: PanelAnswer
  readonly fromMs: number
  readonly toMs: number
}

/** Kinds that are read as they are: a table of their data would say the same again. */
const READ_AS_TEXT = ['stat', 'table', 'bargauge']

/** A panel with its title, drawn when it comes into view. */
export function PanelCard({ panel }: { readonly panel: Panel }) {
  const { ref, entry } = useIntersection({ rootMargin: '200px' })
  const [asTable, setAsTable] = useState(false)
  const { data, error, isFetching, refetch } = usePanelData(panel, entry?.isIntersecting === true)
  const { x = 0, y = 0, w = 24, h = 8 } = panel.gridPos ?? {}
  const width = w <= 4 ? 'panel-narrow' : w <= 8 ? 'panel-third' : ''
  const isChart = !READ_AS_TEXT.includes(panel.type)
  return (
    <Paper
      ref={ref}
      withBorder
      component="section"
      className={`panel ${width}`}
      aria-label={panel.title}
      style={{ '--panel-x': x + 1, '--panel-w': w, '--panel-y': y + 1, '--panel-h': h }}
      px="xs"
      py={6}
    >
      <Group justify="space-between" wrap="nowrap" gap={4}>
        <Title order={3} size="sm" lineClamp={1} title={panel.title}>
          {panel.title}
        </Title>
        <Group gap={2} wrap="nowrap">
          {isChart && (
            <ActionIcon
              variant="subtle"
              color="gray"
              size="sm"
              aria-label={`${panel.title ?? ''} as a table`}
              aria-pressed={asTable}
              onClick={() => setAsTable(!asTable)}
            >
              {tableIcon}
            </ActionIcon>
          )}
          {panel.description !== undefined && (
            <Tooltip label={panel.description} multiline maw={320} events={{ hover: true, focus: true, touch: true }}>
              <ActionIcon
                variant="subtle"
                color="gray"
                size="sm"
                aria-label={`About ${panel.title ?? ''}: ${panel.description}`}
              >
                {infoIcon}
              </ActionIcon>
            </Tooltip>
          )}
        </Group>
      </Group>
      <div className="panel-body">
        {error !== null && <Failure error={error} retry={() => void refetch()} />}
        {data === undefined ? (
          isFetching && error === null && <Loading />
        ) : (
          <Drawn panel={panel} data={data} asTable={asTable} />
        )}
      </div>
    </Paper>
  )
}

function Drawn({
  panel,
  data,
  asTable,
}: {
  readonly panel: Panel
  readonly data: PanelData
  readonly asTable: boolean
}) {
  const [first] = data.answer.results
  if (first?.kind === 'missing') {
    return (
      <Empty>
        {first.needs === 'Prometheus'
          ? 'This panel needs Prometheus, which runs with the containers (docker compose up). Pipeline shows the same live.'
          : 'This panel follows a topic in Grafana. Alerts shows the same live.'}
      </Empty>
    )
  }
  if (isEmpty(data.answer)) return <Empty>Nothing in this range.</Empty>
  return asTable ? <DataTable panel={panel} data={data} /> : <PanelContent panel={panel} data={data} />
}

const isEmpty = ({ results }: PanelAnswer): boolean =>
  results.every(
    (result) => (result.kind === 'rows' ? result.rows : result.kind === 'lines' ? result.lines : []).length === 0,
  )

function usePanelData(panel: Panel, isVisible: boolean) {
  const { uid, view } = useDashboard()
  return useQuery({
    queryKey: ['panel', uid, panel.id, view.key],
    queryFn: async ({ signal }): Promise<PanelData> => {
      const { body, fromMs, toMs } = view.question()
      const address = `/v1/dashboards/${encodeURIComponent(uid)}/panels/${panel.id ?? 0}/data`
      return { answer: await post<PanelAnswer>(address, body, signal), fromMs, toMs }
    },
    enabled: isVisible,
    refetchInterval: view.refreshMs,
    placeholderData: keepPreviousData,
  })
}
