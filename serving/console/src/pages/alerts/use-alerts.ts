import { useEffect, useState } from 'react'
import type { Alert } from '@fintech-streams/api/schema'
import { type PageOf, usePages } from '../../api/queries.ts'
import { useEvents } from '../../api/use-events.ts'
import { type Filter, matches, queryOf } from './filter.ts'

const PAGE_ROWS = 50
const PAGES_MAX = 10
/** Live alerts that are kept; older ones are in the pages. */
const LIVE_MAX = 300

interface AlertsPage extends PageOf {
  readonly alerts: readonly Alert[]
}

/** Alerts that were, page by page, and on top of them those that come. */
export function useAlerts(filter: Filter, isLive: boolean) {
  const [live, setLive] = useState<readonly Alert[]>([])
  const query = queryOf(filter)
  const key = JSON.stringify(query)
  const history = usePages('/v1/alerts', {
    query: { ...query, limit: PAGE_ROWS },
    rowsOf: (page: AlertsPage) => page.alerts,
    pagesMax: PAGES_MAX,
  })
  useEffect(() => setLive([]), [key])
  const { refetch } = history
  const stream = useEvents(isLive ? '/v1/alerts/stream' : undefined, ({ event, data }) => {
    if (event === 'reload') return void refetch()
    if (event !== 'alert') return
    const alert = JSON.parse(data) as Alert
    if (matches(filter, alert))
      setLive((before) => [alert, ...before.filter(({ id }) => id !== alert.id)].slice(0, LIVE_MAX))
  })
  // What came while nothing was streamed is in the pages.
  const isOpen = stream.state === 'open'
  useEffect(() => {
    if (isLive && isOpen) void refetch()
  }, [isLive, isOpen, refetch])
  return { live, history, stream }
}

/** Each alert once: one that came live is in a page, too, when that is read later, with an amount that it lacked. */
export function newestFirst(live: readonly Alert[], older: readonly Alert[]): Alert[] {
  const byId = new Map([...live, ...older].map((alert) => [alert.id, alert]))
  return [...byId.values()].sort((a, b) => b.event_time.localeCompare(a.event_time) || b.id.localeCompare(a.id))
}
