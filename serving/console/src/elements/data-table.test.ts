import { MantineProvider } from '@mantine/core'
import { createElement } from 'react'
import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'
import { type Column, DataTable } from './data-table.tsx'

interface Row {
  readonly name: string
  readonly lag: number | null
  readonly seconds: number | null
}

const COLUMNS: readonly Column<Row>[] = [
  { header: 'Reader', cell: ({ name }) => name, role: 'opens' },
  { header: 'Lag', cell: ({ lag }) => lag, unit: 'count', note: ({ lag }) => lag === null && 'nobody knows' },
  { header: 'Took', cell: ({ seconds }) => seconds, unit: 's' },
]

const rows: readonly Row[] = [
  { name: 'sink', lag: 12_345, seconds: 0.196_633_333_333 },
  { name: 'lake', lag: null, seconds: 0 },
]

/** The table as HTML, and its texts in order. */
function drawn(properties: Partial<Parameters<typeof DataTable<Row>>[0]>): { html: string; texts: string[] } {
  const table = createElement(DataTable<Row>, { label: 'Readers', columns: COLUMNS, rows, ...properties })
  const html = renderToStaticMarkup(createElement(MantineProvider, null, table)).replaceAll(/<style.*?<\/style>/gs, '')
  return { html, texts: html.split(/<[^>]*>/).filter((text) => text !== '') }
}

test('a cell is written in its unit, one without a value is a dash', () => {
  const { texts } = drawn({})
  expect(texts).toEqual(['Reader', 'Lag', 'Took', 'sink', '12,345', '197 ms', 'lake', '–', 'nobody knows', '0 ms'])
})

test('numbers stand on the right, below headings that do, and the first column names its rows', () => {
  const { html } = drawn({})
  expect(html.match(/<th[^>]*class="[^"]*numeric[^>]*scope="col"/g)).toHaveLength(2)
  expect(html.match(/<td[^>]*class="[^"]*numeric/g)).toHaveLength(4)
  expect(html.match(/<th[^>]*scope="row"/g)).toHaveLength(2)
  expect(html).toContain('aria-label="Readers"')
})

test('rows that are open at first show their details, and rows carry their attributes', () => {
  const { html, texts } = drawn({
    rowKey: ({ name }) => name,
    details: ({ name }) => `details of ${name}`,
    openAtFirst: 1,
    rowAttributes: ({ name }) => ({ 'data-reader': name }),
  })
  expect(texts).toContain('details of sink')
  expect(texts).not.toContain('details of lake')
  expect(html.match(/aria-expanded="\w+"/g)).toEqual(['aria-expanded="true"', 'aria-expanded="false"'])
  expect(html.match(/data-reader="\w+"/g)).toEqual(['data-reader="sink"', 'data-reader="lake"'])
})

test('without rows it says why, where it was told; on little room it is scrolled, by keyboard, too', () => {
  expect(drawn({ rows: [], empty: 'Nobody reads it.' }).texts).toEqual(['Nobody reads it.'])
  expect(drawn({ rows: [] }).texts).toEqual(['Reader', 'Lag', 'Took'])
  expect(drawn({ minWidth: 400 }).html).toMatch(/role="region" aria-label="Readers, table" tabindex="0"/i)
})
