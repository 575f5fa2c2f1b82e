import { type Page } from '../registry.ts'

export default {
  paths: ['/alerts'],
  navigation: { label: 'Alerts', place: 2 },
  load: () => import('./page.tsx'),
} satisfies Page
