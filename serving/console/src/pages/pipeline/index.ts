import { type Page } from '../registry.ts'

export default {
  paths: ['/', '/pipeline'],
  navigation: { label: 'Pipeline', place: 1 },
  load: () => import('./page.tsx'),
} satisfies Page
