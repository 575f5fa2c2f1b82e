import { lazy } from 'react'
import { type Page } from '../registry.ts'

const page: Page = {
  paths: ['/alerts'],
  navigation: { label: 'Alerts', place: 2 },
  component: lazy(() => import('./page.tsx')),
}
export default page
