import { ActionIcon, Group, Paper, Title, Tooltip } from '@mantine/core'
import { useIntersection } from '@mantine/hooks'
import { useState } from 'react'
import { infoIcon, tableIcon } from '../../elements/icons.tsx'
import { Empty, Failure, Loading } from '../../elements/states.tsx'
import type { Panel } from './model.ts'
import { asRows, isEmpty, type PanelData, usePanelData } from './panel-data.ts'
import { PanelContent } from './panels/panel-content.tsx'
import { TablePanel } from './panels/table-panel.tsx'

/** Kinds that are read as they are: a table of their data would say the same again. */
const READ_AS_TEXT = ['stat', 'table', 'bargauge']

const SMALL = { variant: 'subtle', color: 'gray', size: 'sm' } as const

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
              {...SMALL}
              aria-label={`${panel.title ?? ''} as a table`}
              aria-pressed={asTable}
              onClick={() => setAsTable(!asTable)}
            >
              {tableIcon}
            </ActionIcon>
          )}
          {panel.description !== undefined && (
            <Tooltip label={panel.description} multiline maw={320} events={{ hover: true, focus: true, touch: true }}>
              <ActionIcon {...SMALL} aria-label={`About ${panel.title ?? ''}: ${panel.description}`}>
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

interface DrawnProps {
  readonly panel: Panel
  readonly data: PanelData
  readonly asTable: boolean
}

function Drawn({ panel, data, asTable }: DrawnProps) {
  if (data.needs !== undefined) {
    return (
      <Empty>
        {data.needs === 'Prometheus'
          ? 'This panel needs Prometheus, which runs with the containers (docker compose up). Pipeline shows the same live.'
          : 'This panel follows a topic in Grafana. Alerts shows the same live.'}
      </Empty>
    )
  }
  if (isEmpty(data)) return <Empty>Nothing in this range.</Empty>
  return asTable ? <TablePanel panel={panel} rows={asRows(data)} /> : <PanelContent panel={panel} data={data} />
}
