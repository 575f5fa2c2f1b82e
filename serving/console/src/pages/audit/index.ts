import { type Page } from '../registry.ts'

export default {
  paths: ['/audit'],
  navigation: { label: 'Audit', place: 5 },
  load: () => import('./page.tsx'),
} satisfies Page
