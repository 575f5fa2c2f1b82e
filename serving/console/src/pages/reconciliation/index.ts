import { lazy } from 'react'
import { type Page } from '../registry.ts'

const page: Page = {
  paths: ['/reconciliation'],
  navigation: { label: 'Reconciliation', place: 6 },
  component: lazy(() => import('./page.tsx')),
}
export default page
