import { Text, Title } from '@mantine/core'
import { keepPreviousData } from '@tanstack/react-query'
import { useMemo } from 'react'
import { useParams } from 'react-router'
import type { DashboardResponse } from '@fintech-streams/api/schema'
import { useGet } from '../../api/queries.ts'
import { Page } from '../../elements/page.tsx'
import { Loaded } from '../../elements/states.tsx'
import { useAnnotations } from './annotations.ts'
import { Controls } from './controls.tsx'
import { DashboardContext } from './context.ts'
import type { Dashboard, Panel } from './model.ts'
import { PanelCard } from './panel-card.tsx'
import { type View, useView } from './view.ts'

const FIRST = 'transaction-monitor'

/** A dashboard, drawn from the JSON that Grafana has, and from the same queries. */
export default function Dashboards() {
  const { uid = FIRST } = useParams()
  const found = useGet<DashboardResponse>(`/v1/dashboards/${encodeURIComponent(uid)}`, {
    staleTime: 60_000,
    // The controls stay, and keep the focus, while another dashboard is on its way.
    placeholderData: keepPreviousData,
  })
  if (found.data !== undefined && found.error === null) return <Found answer={found.data} />
  return (
    <Page title="Dashboards">
      <Loaded query={found}>{() => null}</Loaded>
    </Page>
  )
}

function Found({ answer }: { readonly answer: DashboardResponse }) {
  const dashboard = answer.dashboard as unknown as Dashboard
  const view = useView(dashboard, answer.variables)
  return (
    <Page title={dashboard.title ?? ''} description={dashboard.description}>
      <Controls view={view} variables={answer.variables} uid={dashboard.uid ?? ''} />
      <Grid key={dashboard.uid} dashboard={dashboard} view={view} />
    </Page>
  )
}

function Grid({ dashboard, view }: { readonly dashboard: Dashboard; readonly view: View }) {
  const uid = dashboard.uid ?? ''
  const annotations = useAnnotations(uid, view, (dashboard.annotations.list ?? []).length > 0)
  const context = useMemo(() => ({ uid, view, annotations }), [uid, view, annotations])
  return (
    <DashboardContext value={context}>
      <div className="panel-grid">
        {(dashboard.panels ?? []).map((panel) =>
          panel.type === 'row' ? (
            <RowHeading key={panel.id} title={panel.title ?? ''} y={panel.gridPos?.y ?? 0} />
          ) : (
            <PanelCard key={panel.id} panel={panel as Panel} />
          ),
        )}
      </div>
      <Text size="xs" c="dimmed">
        Times are UTC.
      </Text>
    </DashboardContext>
  )
}

const RowHeading = ({ title, y }: { readonly title: string; readonly y: number }) => (
  <Title
    order={2}
    size="h4"
    className="panel-row"
    style={{ '--panel-x': 1, '--panel-w': 24, '--panel-y': y + 1, '--panel-h': 1 }}
  >
    {title}
  </Title>
)
