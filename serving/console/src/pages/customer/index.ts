import { lazy } from 'react'
import { type Page } from '../registry.ts'

const page: Page = {
  paths: ['/customers/:customerId?'],
  navigation: { label: 'Customer', place: 2.5 },
  component: lazy(() => import('./page.tsx')),
}
export default page
