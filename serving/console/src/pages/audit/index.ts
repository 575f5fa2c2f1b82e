import { lazy } from 'react'
import { type Page } from '../registry.ts'

const page: Page = {
  paths: ['/audit'],
  navigation: { label: 'Audit', place: 5 },
  component: lazy(() => import('./page.tsx')),
}
export default page
