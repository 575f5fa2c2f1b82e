import { lazy } from 'react'
import { type Page } from '../registry.ts'

const page: Page = {
  paths: ['/topics/:topic?'],
  navigation: { label: 'Topics', place: 4 },
  component: lazy(() => import('./page.tsx')),
}
export default page
