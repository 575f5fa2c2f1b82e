import { type Page } from '../registry.ts'

export default {
  paths: ['/dashboards/:uid?'],
  navigation: { label: 'Dashboards', place: 3 },
  load: () => import('./page.tsx'),
} satisfies Page
