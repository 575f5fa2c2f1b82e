/**
 * A month of results in the ten tables, in the proportions that transactions at a steady rate give: a verdict each, and
 * windows of a thousand customers, five hundred merchants and a dozen countries. Rows come in the order of time, as the
 * sink writes them.
 */
import type pg from 'pg'

export const DAYS = 30
const MINUTES = DAYS * 24 * 60
/** A customer or merchant has one in this many of its possible windows. */
const SPARSE = { five: 4, ten: 3.5, fifteen: 3, thirty: 2.8, merchants: 4 } as const

/** Rows of each table; the verdicts are what is left of `rows`. */
export function tableRows(rows: number, customers: number, merchants: number): Record<string, number> {
  const windows = (minutes: number, keys: number, sparse = 1): number => (MINUTES / minutes) * Math.floor(keys / sparse)
  const fixed = {
    transaction_metrics: windows(5, customers, SPARSE.five),
    risk_analytics: windows(10, customers, SPARSE.ten),
    customer_behavior: windows(15, customers, SPARSE.fifteen),
    compliance_monitoring: windows(30, customers, SPARSE.thirty),
    merchant_analysis: windows(10, merchants, SPARSE.merchants),
    dashboard_metrics: windows(1, 8),
    geographic_analysis: windows(5, COUNTRIES.length),
    anomaly_detection: 70_000,
    time_pattern: windows(60, 1),
  }
  const others = Object.values(fixed).reduce((sum, count) => sum + count, 0)
  return { fraud_detection: rows - others, ...fixed }
}

const COUNTRIES = ['US', 'GB', 'DE', 'FR', 'ES', 'IT', 'NL', 'CH', 'CA', 'AU', 'SG', 'VN', 'AE'] as const
const TYPES = [
  ...['PURCHASE', 'PAYMENT', 'TRANSFER', 'WIRE_TRANSFER'],
  ...['WITHDRAWAL', 'DEPOSIT', 'REFUND', 'CHARGEBACK'],
] as const

/** A number from 0 to 999 that looks random and is the same every time. */
const noise = (...of: readonly string[]): string =>
  `((hashint4((${of.join(' * 31 + ')})::integer) & 2147483647) % 1000)`

const array = (values: readonly string[]): string => `(array[${values.map((value) => `'${value}'`).join(', ')}])`

/**
 * Fills the tables.
 * @param startMs of the month. @param report hears of each table.
 */
export async function fillMonth(
  client: pg.Client,
  rows: number,
  startMs: number,
  report: (line: string) => void,
): Promise<void> {
  await client.query(`
    create temp table customer as
      select row_number() over (order by customer_id) - 1 as n, customer_id, country from customers;
    create temp table merchant as
      select row_number() over (order by merchant_id) - 1 as n, merchant_id from merchants;
    analyze customer; analyze merchant`)
  const customers = await count(client, 'customer')
  const merchants = await count(client, 'merchant')
  const wanted = tableRows(rows, customers, merchants)
  const start = `timestamptz '${new Date(startMs).toISOString()}'`
  for (const [table, select] of Object.entries(selects(start, wanted, customers, merchants))) {
    const startedMs = performance.now()
    const { rowCount } = await client.query(`insert into analytics.${table} ${select}`)
    report(`${table.padEnd(24)}${String(rowCount).padStart(12)} rows  ${seconds(startedMs)} s`)
  }
}

const count = async (client: pg.Client, table: string): Promise<number> =>
  Number((await client.query<{ n: string }>(`select count(*) as n from ${table}`)).rows[0]?.n)

const seconds = (sinceMs: number): string => ((performance.now() - sinceMs) / 1_000).toFixed(1).padStart(6)

function selects(
  start: string,
  wanted: Readonly<Record<string, number>>,
  customers: number,
  merchants: number,
): Record<string, string> {
  const verdicts = wanted['fraud_detection'] ?? 0
  const anomalies = wanted['anomaly_detection'] ?? 0
  const at = (n: string, all: number): string => `${start} + ${n} * interval '${(MINUTES * 60_000) / all} ms'`
  /** Windows of `minutes`, each with one in `sparse` of the keys, other ones in each window. */
  const windows = (minutes: number, keys: string, all: number, sparse: number): string =>
    `generate_series(0, ${MINUTES / minutes - 1}) as w
      cross join generate_series(0, ${Math.floor(all / sparse) - 1}) as k
      join ${keys} on ${keys}.n = (w * 7 + floor(k * ${sparse})::integer) % ${all}`
  const bounds = (minutes: number): string =>
    `${start} + w * interval '${minutes} min', ${start} + (w + 1) * interval '${minutes} min'`
  const money = (n: string): string => `(${n} * 1.37 + 12.5)::numeric(18, 2)`
  return {
    fraud_detection: `
      select lpad(to_hex(i), 32, '0')::uuid, customer_id, customer_id, ${money(noise('i', '3'))},
        case when ${noise('i', '5')} < 4 then 'HIGH_AMOUNT' when ${noise('i', '5')} < 7 then 'LOCATION_ANOMALY'
          when ${noise('i', '5')} < 9 then 'FREQUENCY_ANOMALY' when ${noise('i', '5')} < 10 then 'TIME_ANOMALY'
          else 'NORMAL' end,
        case when ${noise('i', '5')} < 4 then 0.8 when ${noise('i', '5')} < 7 then 0.6 when ${noise('i', '5')} < 9 then 0.7
          when ${noise('i', '5')} < 10 then 0.5 else 0.1 end,
        case when ${noise('i', '5')} < 10
          then jsonb_build_object('country', ${array(COUNTRIES)}[1 + i % ${COUNTRIES.length}], 'earlier', i % 100) else '{}' end,
        '2026.1', ${at('i', verdicts)}
      from generate_series(0, ${verdicts - 1}) as i join customer on customer.n = ${noise('i', '7')} * ${customers} / 1000`,
    anomaly_detection: `
      select lpad(to_hex(i * 61), 32, '0')::uuid, customer_id,
        ${array(['STATISTICAL_OUTLIER', 'PATTERN_DEVIATION', 'VELOCITY_ANOMALY'])}[1 + i % 3], 3 + i % 7,
        'amount 12.3 standard deviations from the mean of 120 transactions', jsonb_build_object('mean', '123.45', 'earlier', 120),
        '2026.1', ${at('i', anomalies)}
      from generate_series(0, ${anomalies - 1}) as i join customer on customer.n = ${noise('i', '11')} * ${customers} / 1000`,
    transaction_metrics: `
      select customer_id, ${bounds(5)}, 7, ${money(noise('w', 'k'))}, 17.64, 1, 99, 1.23,
        '{"PURCHASE": 4, "TRANSFER": 2, "PAYMENT": 1}'
      from ${windows(5, 'customer', customers, SPARSE.five)}`,
    risk_analytics: `
      select customer_id, ${bounds(10)}, 14, ${money(noise('w', 'k'))} * 20, (${noise('w', 'k')} = 0)::integer,
        '{"STRUCTURING_SUSPECTED": 1, "SANCTIONS_CHECK_REQUIRED": 1}', '{"CROSS_BORDER": 5, "WIRE_TRANSFER": 1}',
        ${noise('w', 'k')} / 12.5
      from ${windows(10, 'customer', customers, SPARSE.ten)}`,
    customer_behavior: `
      select customer_id, ${bounds(15)}, 21, '{"ATM": 3, "POS": 5, "WEB": 6, "BRANCH": 1, "MOBILE": 6}',
        jsonb_build_object('FUEL', '59.35', 'NONE', '931.13', 'TRAVEL', '196.64', 'GROCERY', '861.39',
          'TELECOM', ${money(noise('w', 'k'))}::text, 'PHARMACY', '36.70'),
        0.96, 0.51, 0.25
      from ${windows(15, 'customer', customers, SPARSE.fifteen)}`,
    compliance_monitoring: `
      select customer_id, ${bounds(30)}, 42, '{"STRUCTURING_SUSPECTED": 1, "SANCTIONS_CHECK_REQUIRED": 2}',
        jsonb_build_array(customer_id, customer_id, customer_id), 3, ${money(noise('w', 'k'))},
        '{"LOW": 40, "MEDIUM": 2}', 1 - ${noise('w', 'k')} / 2500.0, ${noise('w', 'k')} > 990
      from ${windows(30, 'customer', customers, SPARSE.thirty)}`,
    merchant_analysis: `
      select merchant_id, ${bounds(10)}, 12, ${money(noise('w', 'k'))} * 10, 341.12, 9, 0.25,
        (select jsonb_object_agg(md5(c::text)::uuid, 1 + c % 3) from generate_series(1, 9) as c),
        '{"0-50": "56.48", "10000+": "14920.79", "50-200": "1666.59", "200-1000": "6577.97", "1000-10000": "7988.97"}',
        '{"Houston": 9, "Seattle": 1, "New York": 2}'
      from ${windows(10, 'merchant', merchants, SPARSE.merchants)}`,
    dashboard_metrics: `
      select (${array(TYPES)})[k], ${bounds(1)}, 30, ${money(noise('w', 'k'))} * 30, 412.5, 12.34, 0.96,
        '{"COMPLETED": 27, "PENDING": 1, "FAILED": 1, "DECLINED": 1}', '{"LOW": 27, "MEDIUM": 2, "HIGH": 1}'
      from generate_series(0, ${MINUTES - 1}) as w, generate_series(1, ${TYPES.length}) as k`,
    geographic_analysis: `
      select (${array(COUNTRIES)})[k], ${bounds(5)}, 125, ${money(noise('w', 'k'))} * 100,
        jsonb_build_object('City ' || k, 95, 'Town ' || k, 30),
        jsonb_build_object('City ' || k, '228072.87', 'Town ' || k, '25136.22'),
        '{"TRAVEL": 1, "GROCERY": 6, "TELECOM": 5, "GAMBLING": 1, "PHARMACY": 24, "INSURANCE": 13, "RESTAURANT": 21}',
        '{"AUD": 1, "EUR": 8, "GBP": 111, "SGD": 1, "USD": 4}'
      from generate_series(0, ${MINUTES / 5 - 1}) as w, generate_series(1, ${COUNTRIES.length}) as k`,
    time_pattern: `
      select w % 24, ${bounds(60)}, 18000, '{"PURCHASE": 9000, "TRANSFER": 5000, "PAYMENT": 4000}',
        '{"PURCHASE": "90000.00", "TRANSFER": "50000.00", "PAYMENT": "40000.00"}', ${customers}, '{}', '[]'
      from generate_series(0, ${MINUTES / 60 - 1}) as w`,
  }
}
