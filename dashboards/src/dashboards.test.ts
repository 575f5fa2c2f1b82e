import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Dashboard, type Panel } from '@grafana/grafana-foundation-sdk/dashboard'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { KAFKA, POSTGRES, PROMETHEUS } from './datasources.ts'
import { DASHBOARDS, JSON_DIRECTORY } from './files.ts'

const PROVISIONING = join(JSON_DIRECTORY, '../provisioning')
const GRID_COLUMNS = 24

const panelsOf = (dashboard: Dashboard): Panel[] =>
  (dashboard.panels ?? []).filter((panel): panel is Panel => panel.type !== 'row')

describe.each(Object.entries(DASHBOARDS))('%s', (file, build) => {
  const dashboard = build()
  const panels = panelsOf(dashboard)

  test('has its file name as its uid, and panels', () => {
    expect(`${dashboard.uid}.json`).toBe(file)
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

  test('fills its rows without holes', () => {
    const widths = new Map<number, number>()
    for (const { gridPos } of panels) widths.set(gridPos!.y, (widths.get(gridPos!.y) ?? 0) + gridPos!.w)
    for (const width of widths.values()) expect(width).toBe(GRID_COLUMNS)
  })
})
