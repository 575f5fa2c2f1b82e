import type { Dashboard, DynamicConfigValue, Panel, Threshold } from '@grafana/grafana-foundation-sdk/dashboard'
import type { RowsResult } from '@fintech-streams/api/schema'

export type { Dashboard, Panel }

export interface FieldLink {
  readonly title: string
  readonly url: string
  readonly targetBlank?: boolean
}

/** How a column, or a line, is shown. */
export interface Field {
  readonly name: string
  readonly unit: string
  readonly links: readonly FieldLink[]
  readonly isOnRight: boolean
}

/** The settings of a column or line: the panel's own, and over them what is said of its name. */
export function fieldOf(panel: Panel, name: string): Field {
  const properties = (panel.fieldConfig?.overrides ?? [])
    .filter(({ matcher }) => matches(matcher, name))
    .flatMap((override) => override.properties)
  const said = (id: string): unknown => properties.findLast((property: DynamicConfigValue) => property.id === id)?.value
  return {
    name: text(said('displayName')) ?? name,
    unit: text(said('unit')) ?? panel.fieldConfig?.defaults?.unit ?? 'short',
    links: (said('links') as readonly FieldLink[] | undefined) ?? [],
    isOnRight: said('custom.axisPlacement') === 'right',
  }
}

function matches({ id, options }: { id: string; options?: unknown }, name: string): boolean {
  if (id === 'byName') return options === name
  return id === 'byRegexp' && typeof options === 'string' && new RegExp(`^${options}$`).test(name)
}

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

/** The name of the colour that a value has by the panel's thresholds. */
export function thresholdColor(panel: Panel, value: number | null): string {
  const steps: readonly Threshold[] = panel.fieldConfig?.defaults?.thresholds?.steps ?? []
  const reached = steps.findLast((step) => step.value === null || (value !== null && value >= step.value))
  return (reached ?? steps[0])?.color ?? 'blue'
}

/** What the options of the panels' kinds are, as far as they are drawn. */
export interface PanelOptions {
  readonly orientation?: 'horizontal' | 'vertical' | 'auto'
  readonly layers?: readonly {
    readonly config?: { readonly style?: { readonly size?: { readonly field?: string } } }
  }[]
}

export const optionsOf = (panel: Panel): PanelOptions => (panel.options ?? {}) as PanelOptions

/** Whether a chart over time is stacked, and how dense its areas are, from 0 to 1. */
export function lineStyle(panel: Panel): { readonly isStacked: boolean; readonly fill: number } {
  const custom = (panel.fieldConfig?.defaults?.custom ?? {}) as {
    fillOpacity?: number
    stacking?: { mode?: string }
  }
  const { mode = 'none' } = custom.stacking ?? {}
  return { isStacked: mode !== 'none', fill: (custom.fillOpacity ?? 0) / 100 }
}

/** The only number of an answer of one row, or of the first. */
export function singleValue({ columns, rows }: RowsResult): number | null {
  const at = columns.findLastIndex(({ type }) => type === 'number')
  const value = rows[0]?.[at]
  return typeof value === 'number' ? value : null
}

/** Rows whose first column names them, and whose numbers are the others. */
export interface NamedNumbers {
  readonly names: readonly string[]
  readonly series: readonly { readonly name: string; readonly values: readonly (number | null)[] }[]
}

export function namedNumbers({ columns, rows }: RowsResult): NamedNumbers {
  const numeric = columns.flatMap(({ name, type }, at) => (at > 0 && type === 'number' ? [{ name, at }] : []))
  return {
    names: rows.map(([name]) => String(name ?? '–')),
    series: numeric.map(({ name, at }) => ({
      name,
      values: rows.map((row) => (typeof row[at] === 'number' ? row[at] : null)),
    })),
  }
}
