import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Dashboard, type Panel } from '@grafana/grafana-foundation-sdk/dashboard'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { dashboardOf } from './dashboard.ts'
import { KAFKA, POSTGRES, PROMETHEUS } from './datasources.ts'
import { DASHBOARDS } from './dashboards/index.ts'

const PROVISIONING = join(import.meta.dirname, '../provisioning')
const GRID_COLUMNS = 24

const panelsOf = (dashboard: Dashboard): Panel[] =>
  (dashboard.panels ?? []).filter((panel): panel is Panel => panel.type !== 'row')

describe.each(DASHBOARDS)('$title', (value) => {
  const dashboard = dashboardOf(value)
  const panels = panelsOf(dashboard)

  test('has panels', () => {
    expect(panels.length).toBeGreaterThan(0)
  })

  test.each(panels.map((panel) => [panel.title, panel] as const))(
    '%s says what it shows, in which unit',
    (_, panel) => {
      expect(panel.title).toMatch(/\w/)
      expect(panel.description).toMatch(/\.$/)
      expect(panel.fieldConfig?.defaults.unit).toMatch(/\w/)
    },
  )

  test('has no title and no id twice, and links to data sources that are provisioned', async () => {
    const everything = dashboard.panels ?? []
    expect(new Set(everything.map(({ id }) => id)).size).toBe(everything.length)
    expect(new Set(panels.map(({ title }) => title)).size).toBe(panels.length)
    const { datasources } = parse(await readFile(join(PROVISIONING, 'datasources/datasources.yml'), 'utf8')) as {
      datasources: { type: string; uid: string }[]
    }
    const provisioned = datasources.map(({ type, uid }) => ({ type, uid }))
    expect(provisioned).toEqual([PROMETHEUS, POSTGRES, KAFKA])
    for (const { datasource, targets } of panels) {
      expect(provisioned).toContainEqual(datasource)
      const queries = targets as unknown as { refId: string; datasource: unknown }[]
      expect(queries.length).toBeGreaterThan(0)
      for (const query of queries) expect(query.datasource).toEqual(datasource)
      expect(new Set(queries.map(({ refId }) => refId)).size).toBe(queries.length)
    }
  })

  test('draws counts and sums as zero where nothing happened, and nothing else', () => {
    for (const { kind, title, ...asked } of Object.values(value.rows).flat()) {
      if ((kind !== 'timeSeries' && kind !== 'stacked') || !('sql' in asked)) continue
      const isFilled = asked.sql.includes('generate_series')
      // A share, a mean or the extreme of a score has no value where nothing happened.
      expect(isFilled, title).toBe(!/ \/ nullif\(|avg\(|max\(score_max\)|min\(score_min\)/.test(asked.sql))
    }
  })

  test('fills its rows without holes', () => {
    const widths = new Map<number, number>()
    for (const { gridPos } of panels) widths.set(gridPos!.y, (widths.get(gridPos!.y) ?? 0) + gridPos!.w)
    for (const width of widths.values()) expect(width).toBe(GRID_COLUMNS)
  })
})
