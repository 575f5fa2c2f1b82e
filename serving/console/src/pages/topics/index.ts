import { type Page } from '../registry.ts'

export default {
  paths: ['/topics/:topic?'],
  navigation: { label: 'Topics', place: 4 },
  load: () => import('./page.tsx'),
} satisfies Page
