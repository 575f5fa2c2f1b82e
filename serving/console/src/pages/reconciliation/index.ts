import { type Page } from '../registry.ts'

export default {
  paths: ['/reconciliation'],
  navigation: { label: 'Reconciliation', place: 6 },
  load: () => import('./page.tsx'),
} satisfies Page
