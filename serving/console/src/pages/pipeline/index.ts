import { lazy } from 'react'
import { type Page } from '../registry.ts'

const page: Page = {
  paths: ['/', '/pipeline'],
  navigation: { label: 'Pipeline', place: 1 },
  component: lazy(() => import('./page.tsx')),
}
export default page
