import { type ComponentType, lazy } from 'react'

/** A page of the console. A folder in `pages` is one: its `index.ts` has it as default export. */
export interface Page {
  /** Patterns of React Router; the first one is where the navigation leads. */
  readonly paths: readonly [string, ...string[]]
  /** In the navigation; without one the page is only reached by links. */
  readonly navigation?: { readonly label: string; readonly place: number }
  /** The code of the page, its default export a component: loaded when it is first shown. */
  readonly load: () => Promise<{ readonly default: ComponentType }>
}

const folders = import.meta.glob<{ default: Page }>('./*/index.ts', { eager: true })

export const PAGES = Object.values(folders).map(({ default: page }) => ({ ...page, component: lazy(page.load) }))
