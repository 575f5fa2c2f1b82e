import { lazy } from 'react'
import { type Page } from '../registry.ts'

const page: Page = {
  paths: ['/dashboards/:uid?'],
  navigation: { label: 'Dashboards', place: 3 },
  component: lazy(() => import('./page.tsx')),
}
export default page
