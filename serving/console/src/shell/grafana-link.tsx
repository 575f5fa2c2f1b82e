import { Navigate, useLocation, useParams } from 'react-router'

/** Dashboards link to each other by Grafana's addresses, `/d/<uid>?var-…`; here the same lead to the console's. */
export function GrafanaLink() {
  const { uid = '' } = useParams()
  const { search } = useLocation()
  return <Navigate to={{ pathname: `/dashboards/${encodeURIComponent(uid)}`, search }} replace />
}
