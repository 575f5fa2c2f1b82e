import { createContext, use } from 'react'
import type { Annotation } from './annotations.ts'
import type { View } from './view.ts'

interface Drawn {
  readonly uid: string
  readonly view: View
  readonly annotations: readonly Annotation[]
}

/** The dashboard within which a panel is drawn. */
export const DashboardContext = createContext<Drawn | undefined>(undefined)

export function useDashboard(): Drawn {
  const drawn = use(DashboardContext)
  if (drawn === undefined) throw new Error('a panel is drawn within a dashboard')
  return drawn
}
