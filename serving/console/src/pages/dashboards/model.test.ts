import { expect, test } from 'vitest'
import { addressOf } from './links.ts'
import { fieldOf, namedNumbers, type Panel, singleValue, thresholdColor } from './model.ts'

const panel = {
  type: 'table',
  fieldConfig: {
    defaults: {
      unit: 'short',
      thresholds: {
        mode: 'absolute',
        steps: [
          { value: null, color: 'green' },
          { value: 0.5, color: 'orange' },
          { value: 0.8, color: 'red' },
        ],
      },
    },
    overrides: [
      { matcher: { id: 'byRegexp', options: 'amount|fees' }, properties: [{ id: 'unit', value: 'currencyUSD' }] },
      {
        matcher: { id: 'byName', options: 'customer_id' },
        properties: [
          { id: 'displayName', value: 'Customer' },
          { id: 'links', value: [{ title: 'Customer', url: '/d/customer?var-customer_id=${__value.raw}' }] },
        ],
      },
    ],
  },
} as unknown as Panel

test('what is said of a name stands above the panel’s own', () => {
  expect(fieldOf(panel, 'transactions')).toMatchObject({ name: 'transactions', unit: 'short', links: [] })
  expect(fieldOf(panel, 'fees')).toMatchObject({ unit: 'currencyUSD' })
  expect(fieldOf(panel, 'customer_id')).toMatchObject({ name: 'Customer', links: [{ title: 'Customer' }] })
})

test('a value has the colour of the last threshold that it reaches', () => {
  expect([null, -1, 0.5, 0.79, 0.8, 9].map((value) => thresholdColor(panel, value))).toEqual([
    'green',
    'green',
    'orange',
    'orange',
    'red',
    'red',
  ])
})

test('rows are one number, or numbers by name', () => {
  const rows = {
    kind: 'rows' as const,
    ref_id: 'A',
    columns: [
      { name: 'country', type: 'text' as const },
      { name: 'transactions', type: 'number' as const },
      { name: 'note', type: 'text' as const },
      { name: 'amount', type: 'number' as const },
    ],
    rows: [
      ['US', 3, 'a', 1.5],
      [null, 2, 'b', null],
    ],
  }
  expect(singleValue(rows)).toBe(1.5)
  expect(singleValue({ ...rows, rows: [] })).toBeNull()
  expect(namedNumbers(rows)).toEqual({
    names: ['US', '–'],
    series: [
      { name: 'transactions', values: [3, 2] },
      { name: 'amount', values: [1.5, null] },
    ],
  })
})

test('links of dashboards lead to pages of the console', () => {
  const of = { value: 'a/b', fields: { customer_id: 'c&d' }, range: { from: 'now-3h', to: 'now' } }
  expect(addressOf('/d/customer?var-customer_id=${__value.raw}&${__url_time_range}', of)).toBe(
    '/dashboards/customer?var-customer_id=a%2Fb&from=now-3h&to=now',
  )
  expect(addressOf('${console}/customers/${__value.raw}', of)).toBe('/customers/a%2Fb')
  expect(addressOf('/d/customer?a=${__data.fields.customer_id}&b=${__data.fields.none}', of)).toBe(
    '/dashboards/customer?a=c%26d&b=',
  )
})
