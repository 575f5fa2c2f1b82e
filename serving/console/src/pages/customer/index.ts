import { type Page } from '../registry.ts'

export default {
  paths: ['/customers/:customerId?'],
  navigation: { label: 'Customer', place: 2.5 },
  load: () => import('./page.tsx'),
} satisfies Page
