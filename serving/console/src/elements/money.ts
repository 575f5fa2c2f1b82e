const USD = new Intl.NumberFormat('en', { style: 'currency', currency: 'USD' })

/** `$1,234.50`, of a decimal string; only for showing: nothing is added up with it. */
export const usd = (amount: string | null): string => (amount === null ? '–' : USD.format(Number(amount)))

/** `1,234.50 EUR` */
export const money = (amount: string, currency: string): string =>
  `${Number(amount).toLocaleString('en', { minimumFractionDigits: 2, maximumFractionDigits: 2 })} ${currency}`

/** `HIGH_AMOUNT` as `High amount`. */
export function words(name: string): string {
  const text = name.toLowerCase().replaceAll('_', ' ')
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`
}
