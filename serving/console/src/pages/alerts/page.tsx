import { Button, Grid, Group, Stack, Switch, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useSearchParams } from 'react-router'
import type { Alert } from '@fintech-streams/api/schema'
import { get } from '../../api/client.ts'
import { Page } from '../../elements/page.tsx'
import { Empty, Failure, Loading } from '../../elements/states.tsx'
import { AlertDetails } from './alert-details.tsx'
import { AlertsTable } from './alerts-table.tsx'
import { FilterForm } from './filter-form.tsx'
import { type Filter, useFilter } from './filter.ts'
import { useAlerts } from './use-alerts.ts'

const STREAM_WORDS = { connecting: 'connecting…', open: 'live', waiting: 'connection lost, trying again' } as const

/** Fraud verdicts and anomalies as they are found, and why. */
export default function AlertsPage() {
  const [filter, changeFilter] = useFilter()
  const [isLive, setIsLive] = useState(true)
  const [parameters, setParameters] = useSearchParams()
  const selectedId = parameters.get('alert')
  const { alerts, live, history, stream } = useAlerts(filter, isLive)
  const selected = useSelected(selectedId, alerts)
  const select = (id: string | undefined): void =>
    setParameters((before) => {
      const after = new URLSearchParams(before)
      if (id === undefined) after.delete('alert')
      else after.set('alert', id)
      return after
    })
  return (
    <Page
      title="Alerts"
      description="Fraud verdicts and anomalies, with what the rules compared"
      controls={
        <Group gap="sm">
          <Text size="sm" c="dimmed" data-testid="stream-state">
            {isLive ? `${STREAM_WORDS[stream.state]}, ${live.length} since you came` : 'paused'}
          </Text>
          <Switch label="Live" checked={isLive} onChange={(event) => setIsLive(event.currentTarget.checked)} />
        </Group>
      }
    >
      <FilterForm filter={filter} onChange={changeFilter} />
      {stream.problem !== undefined && <Failure error={stream.problem} />}
      {history.error !== null && <Failure error={history.error} retry={() => void history.refetch()} />}
      <Grid gap="md">
        {selectedId !== null && (
          <Grid.Col span={{ base: 12, lg: 5 }} order={{ base: 1, lg: 2 }}>
            <AlertDetails
              key={selectedId}
              alert={selected.alert}
              isLoading={selected.isLoading}
              onClose={() => select(undefined)}
            />
          </Grid.Col>
        )}
        <Grid.Col span={{ base: 12, lg: selectedId === null ? 12 : 7 }} order={{ base: 2, lg: 1 }}>
          <Stack gap="sm">
            <Listed
              alerts={alerts}
              filter={filter}
              isLoading={history.isPending}
              selectedId={selectedId}
              onSelect={select}
            />
            {history.hasNextPage && (
              <Button
                variant="default"
                loading={history.isFetchingNextPage}
                onClick={() => void history.fetchNextPage()}
              >
                Older alerts
              </Button>
            )}
          </Stack>
        </Grid.Col>
      </Grid>
    </Page>
  )
}

interface ListedProps {
  readonly alerts: readonly Alert[]
  readonly filter: Filter
  readonly isLoading: boolean
  readonly selectedId: string | null
  readonly onSelect: (id: string) => void
}

function Listed({ alerts, filter, isLoading, selectedId, onSelect }: ListedProps) {
  if (alerts.length > 0) return <AlertsTable alerts={alerts} selectedId={selectedId} onSelect={onSelect} />
  if (isLoading) return <Loading what="Loading alerts" />
  const isFiltered =
    filter.kind !== undefined || filter.types.length > 0 || filter.minScore !== undefined || filter.customer !== ''
  return (
    <Empty>
      {isFiltered ? 'No alert fits the filter yet.' : 'No alert yet: they come as soon as a rule finds one.'}
    </Empty>
  )
}

/** The alert that is open: one of the list, or, after a link to it, one that is asked for by itself. */
function useSelected(id: string | null, listed: readonly Alert[]): { alert: Alert | undefined; isLoading: boolean } {
  const found = listed.find((alert) => alert.id === id)
  const [kind, transactionId] = (id ?? '').split('/')
  const asked = useQuery({
    queryKey: ['alert', id],
    queryFn: ({ signal }) =>
      get<{ alerts: readonly Alert[] }>('/v1/alerts', { kind, transaction_id: transactionId, limit: 1 }, signal),
    enabled: id !== null && found === undefined,
  })
  return { alert: found ?? asked.data?.alerts[0], isLoading: found === undefined && asked.isPending }
}
