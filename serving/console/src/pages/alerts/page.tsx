import { Grid, Group, Switch, Text } from '@mantine/core'
import { useState } from 'react'
import type { Alert } from '@fintech-streams/api/schema'
import { useGet } from '../../api/queries.ts'
import { Page } from '../../elements/page.tsx'
import { Failure, LoadedPages } from '../../elements/states.tsx'
import { useAddress } from '../../elements/use-address.ts'
import { AlertDetails } from './alert-details.tsx'
import { AlertsTable } from './alerts-table.tsx'
import { FilterForm } from './filter-form.tsx'
import { isFiltered, useFilter } from './filter.ts'
import { newestFirst, useAlerts } from './use-alerts.ts'

const STREAM_WORDS = { connecting: 'connecting…', open: 'live', waiting: 'connection lost, trying again' } as const

/** Fraud verdicts and anomalies as they are found, and why. */
export default function AlertsPage() {
  const [filter, changeFilter] = useFilter()
  const [isLive, setIsLive] = useState(true)
  const [address, changeAddress] = useAddress(false)
  const selectedId = address.get('alert')
  const { live, history, stream } = useAlerts(filter, isLive)
  const alerts = newestFirst(live, history.data ?? [])
  const selected = useSelected(selectedId, alerts)
  const select = (id?: string): void => changeAddress({ alert: id })
  const table = (
    <AlertsTable
      alerts={alerts}
      empty={
        isFiltered(filter) ? 'No alert fits the filter yet.' : 'No alert yet: they come as soon as a rule finds one.'
      }
      selectedId={selectedId}
      onSelect={select}
    />
  )
  return (
    <Page
      title="Alerts"
      description="Fraud verdicts and anomalies, with what the rules compared"
      controls={
        <Group gap="sm">
          <Text size="sm" c="dimmed" data-testid="stream-state">
            {isLive ? `${STREAM_WORDS[stream.state]}, ${live.length} so far` : 'paused'}
          </Text>
          <Switch label="Live" checked={isLive} onChange={(event) => setIsLive(event.currentTarget.checked)} />
        </Group>
      }
    >
      <FilterForm filter={filter} onChange={changeFilter} />
      {stream.problem !== undefined && <Failure error={stream.problem} />}
      <Grid gap="md">
        {selectedId !== null && (
          <Grid.Col span={{ base: 12, lg: 5 }} order={{ base: 1, lg: 2 }}>
            <AlertDetails
              key={selectedId}
              alert={selected.alert}
              isLoading={selected.isLoading}
              onClose={() => select()}
            />
          </Grid.Col>
        )}
        <Grid.Col span={{ base: 12, lg: selectedId === null ? 12 : 7 }} order={{ base: 2, lg: 1 }}>
          {/* Live alerts are there even while those before them cannot be read. */}
          {history.data === undefined && live.length > 0 && table}
          <LoadedPages query={history} what="Loading alerts" more="Older alerts">
            {() => table}
          </LoadedPages>
        </Grid.Col>
      </Grid>
    </Page>
  )
}

/** The alert that is open: one of the list, or, after a link to it, one that is asked for by itself. */
function useSelected(id: string | null, listed: readonly Alert[]): { alert: Alert | undefined; isLoading: boolean } {
  const found = listed.find((alert) => alert.id === id)
  const [kind, transactionId] = (id ?? '').split('/')
  const asked = useGet<{ alerts: readonly Alert[] }>('/v1/alerts', {
    query: { kind, transaction_id: transactionId, limit: 1 },
    enabled: id !== null && found === undefined,
  })
  return { alert: found ?? asked.data?.alerts[0], isLoading: found === undefined && asked.isPending }
}
