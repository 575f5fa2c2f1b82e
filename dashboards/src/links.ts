import { type DynamicConfigValue } from '@grafana/grafana-foundation-sdk/dashboard'

interface Link {
  readonly title: string
  readonly url: string
  readonly targetBlank?: boolean
}

const links = (displayName: string, ...value: readonly Link[]): DynamicConfigValue[] => [
  { id: 'displayName', value: displayName },
  { id: 'links', value },
]

/** What a column `customer_id` leads to: the customer's dashboard, and its page of the console. */
export const customerLinks = links(
  'Customer',
  { title: 'Customer', url: '/d/customer?var-customer_id=${__value.raw}&${__url_time_range}' },
  { title: 'Customer in the console', url: '${console}/customers/${__value.raw}', targetBlank: true },
)

/** What a column `transaction_id` leads to, in a row that also has a `customer_id`. */
export const transactionLinks = links('Transaction', {
  title: 'Transaction',
  url:
    '/d/customer?var-customer_id=${__data.fields.customer_id}&var-transaction_id=${__value.raw}' +
    '&${__url_time_range}',
})

/** What a column `country` leads to. */
export const countryLinks = links('Country', {
  title: 'Geographic Analysis',
  url: '/d/geographic-analysis?var-country=${__value.raw}&${__url_time_range}',
})
