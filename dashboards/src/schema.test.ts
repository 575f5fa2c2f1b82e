import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Dashboard, type Panel } from '@grafana/grafana-foundation-sdk/dashboard'
import { describe, expect, test } from 'vitest'
import { POSTGRES, PROMETHEUS } from './datasources.ts'
import { DASHBOARDS, JSON_DIRECTORY } from './files.ts'
import { SdkTypes } from './testing/sdk-types.ts'

/** The kinds of panels that we draw ourselves, too. */
const KINDS = ['timeseries', 'stat', 'barchart', 'piechart', 'table', 'gauge', 'bargauge', 'geomap'] as const
/** Those with settings of their own for each field. */
const WITH_FIELD_SETTINGS: readonly string[] = ['timeseries', 'barchart', 'piechart', 'geomap']

const types = new SdkTypes(['dashboard', 'prometheus', ...KINDS])
const read = async (file: string): Promise<Dashboard> =>
  JSON.parse(await readFile(join(JSON_DIRECTORY, file), 'utf8')) as Dashboard

describe.each(Object.keys(DASHBOARDS))('%s', (file) => {
  test('is a dashboard by the types of the SDK', async () => {
    const { panels, templating, annotations, ...rest } = await read(file)
    // A query's own type depends on its data source: the SDK's dashboard knows only that there is one.
    const withoutTargets = (panels ?? []).map((panel) => ({ ...panel, ...('targets' in panel ? { targets: [] } : {}) }))
    const list = (annotations.list ?? []).map(({ target: _, ...annotation }) => annotation)
    const dashboard = { ...rest, templating, annotations: { list }, panels: withoutTargets }
    expect(types.misfits('dashboard', 'Dashboard', dashboard)).toEqual([])
  })

  test('has panels of known kinds, with the options of their kind', async () => {
    const { panels = [] } = await read(file)
    for (const { type, title, options, fieldConfig } of panels as Panel[]) {
      if (type === 'row') continue
      expect(KINDS).toContain(type)
      expect(types.misfits(type, 'Options', options ?? {}).map((misfit) => `${title}: ${misfit}`)).toEqual([])
      const custom: unknown = fieldConfig?.defaults.custom
      if (custom === undefined || !WITH_FIELD_SETTINGS.includes(type)) continue
      expect(types.misfits(type, 'FieldConfig', custom).map((misfit) => `${title}: ${misfit}`)).toEqual([])
    }
  })

  test('asks as the data sources are asked', async () => {
    const { panels = [] } = await read(file)
    for (const panel of panels as Panel[]) {
      for (const target of (panel.targets ?? []) as unknown as Record<string, unknown>[]) {
        const { type } = target['datasource'] as { type: string }
        if (type === PROMETHEUS.type) expect(types.misfits('prometheus', 'Dataquery', target)).toEqual([])
        if (type !== POSTGRES.type) continue
        expect(target).toMatchObject({ editorMode: 'code', rawQuery: true })
        expect(['table', 'time_series']).toContain(target['format'])
      }
    }
  })
})

describe('the comparison', () => {
  test('finds what does not fit', () => {
    const link = { title: 't', type: 'link', icon: '', tooltip: '', url: '/', tags: [], asDropdown: false }
    const whole = { ...link, targetBlank: false, includeVars: false, keepTime: true }
    const misfits = (value: unknown): string[] => types.misfits('dashboard', 'DashboardLink', value)
    expect(misfits(whole)).toEqual([])
    expect(misfits({ ...whole, type: 'lonk' })[0]).toContain('DashboardLink.type is "lonk"')
    expect(misfits({ ...whole, tags: [1] })).toEqual(['DashboardLink.tags[0] is 1, expected string'])
    expect(misfits({ ...whole, colour: 'red' })).toEqual(['DashboardLink.colour is not known'])
    expect(misfits(link)).toContain('DashboardLink.keepTime is missing')
  })
})
