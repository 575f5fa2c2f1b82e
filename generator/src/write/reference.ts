import { ADVISORY_LOCKS, parseMinor } from '@fintech-streams/contracts'
import { type ClientBase } from 'pg'
import { Random } from '../random.ts'
import { type Account, type Customer, type Merchant } from '../model/records.ts'
import { type World } from '../model/world.ts'
import { copyRows } from './copy.ts'
import { accountRow, customerRow, eventRow, merchantRow, type Row } from './rows.ts'

/** What a run needs to know of the database before it begins. */
export interface Reference {
  customers: Customer[]
  /** Those that are active. */
  accounts: Account[]
  merchants: Merchant[]
  /** Last known prices by symbol, in units of 10^-8. */
  latestPrices: Map<string, number>
}

const CONTACT_DATA: ReadonlySet<string> = new Set([
  'first_name',
  'last_name',
  'email',
  'phone',
  'date_of_birth',
  'address',
])

/**
 * Writes the reference data and its events in one database transaction, if there is no customer yet.
 * @returns how many customers there were before; 0 when the world was written.
 */
export async function writeWorld(client: ClientBase, world: World): Promise<number> {
  await client.query('begin')
  try {
    await client.query('select pg_advisory_xact_lock($1)', [ADVISORY_LOCKS.referenceData])
    const { rows } = await client.query<{ customers: number }>('select count(*)::integer as customers from customers')
    const before = rows[0]?.customers ?? 0
    if (before === 0) await insertWorld(client, world)
    await client.query('commit')
    return before
  } catch (error) {
    await client.query('rollback').catch(() => undefined)
    throw error
  }
}

/** Inserts new customers, accounts and merchants with the events that tell about them, in the caller's transaction. */
export async function insertWorld(client: ClientBase, world: World): Promise<void> {
  const customers = world.customers.map(customerRow)
  const accounts = world.accounts.map(accountRow)
  const merchants = world.merchants.map(merchantRow)
  await copyRows(client, 'merchants', merchants)
  await copyRows(client, 'customers', customers)
  await copyRows(client, 'accounts', accounts)
  await copyRows(client, 'outbox', [
    ...merchants.map((row) => created('merchant', row.merchant_id, 'merchant_onboarded', row)),
    ...customers.map((row) => created('customer', row.customer_id, 'customer_created', withoutContactData(row))),
    ...accounts.map((row) => created('account', row.account_id, 'account_opened', row)),
  ])
}

/** Reads customers, active accounts, merchants and the latest prices. */
export async function readReference(client: ClientBase): Promise<Reference> {
  const customers = await client.query<Text>(CUSTOMERS)
  const accounts = await client.query<Text>(`${ACCOUNTS} where status = 'ACTIVE'`)
  const merchants = await client.query<Text>(MERCHANTS)
  return {
    customers: customers.rows.map(customerOf),
    accounts: accounts.rows.map(accountOf),
    merchants: merchants.rows.map(merchantOf),
    latestPrices: await readLatestPrices(client),
  }
}

/** Last known prices by symbol, in units of 10^-8. */
export async function readLatestPrices(client: ClientBase): Promise<Map<string, number>> {
  const { rows } = await client.query<{ symbol: string; price: string }>(
    'select distinct on (symbol) symbol, price from market_data order by symbol, recorded_at desc',
  )
  return new Map(rows.map(({ symbol, price }) => [symbol, Number(price.replace('.', ''))]))
}

/** Those that a set of transactions refers to, by id. What is not in the database is not in the maps. */
export interface Parties {
  customers: Map<string, Customer>
  /** Whatever their status. */
  accounts: Map<string, Account>
  merchants: Map<string, Merchant>
}

/** Looks up customers, accounts and merchants by id. */
export async function readParties(
  client: ClientBase,
  ids: { customers: readonly string[]; accounts: readonly string[]; merchants: readonly string[] },
): Promise<Parties> {
  const customers = await client.query<Text>(`${CUSTOMERS} where customer_id = any($1::uuid[])`, [ids.customers])
  const accounts = await client.query<Text>(`${ACCOUNTS} where account_id = any($1::uuid[])`, [ids.accounts])
  const merchants = await client.query<Text>(`${MERCHANTS} where merchant_id = any($1::uuid[])`, [ids.merchants])
  return {
    customers: new Map(customers.rows.map(customerOf).map((customer) => [customer.customerId, customer])),
    accounts: new Map(accounts.rows.map(accountOf).map((account) => [account.accountId, account])),
    merchants: new Map(merchants.rows.map(merchantOf).map((merchant) => [merchant.merchantId, merchant])),
  }
}

const CUSTOMERS = 'select customer_id, tier, risk_score, country, city from customers'
const ACCOUNTS = 'select account_id, customer_id, account_type, currency, balance, credit_limit from accounts'
const MERCHANTS = 'select merchant_id, name, category, mcc, country, city from merchants'

type Text = Readonly<Record<string, string>>

const customerOf = (row: Text): Customer =>
  ({
    customerId: row['customer_id'],
    tier: row['tier'],
    riskScore: Number(row['risk_score']),
    country: row['country'],
    city: row['city'],
  }) as Customer

const accountOf = (row: Text): Account =>
  ({
    accountId: row['account_id'],
    customerId: row['customer_id'],
    type: row['account_type'],
    currency: row['currency'],
    balanceMinor: parseMinor(row['balance'] ?? ''),
    creditLimitMinor: parseMinor(row['credit_limit'] ?? ''),
  }) as Account

const merchantOf = (row: Text): Merchant =>
  ({
    merchantId: row['merchant_id'],
    name: row['name'],
    category: row['category'],
    mcc: row['mcc'],
    country: row['country'],
    city: row['city'],
  }) as Merchant

function created(aggregateType: string, aggregateId: string, eventType: string, row: Row): Row {
  return eventRow(aggregateType, aggregateId, eventType, new Random('created', aggregateId).uuid(), row)
}

function withoutContactData(row: Row): Row {
  return Object.fromEntries(Object.entries(row).filter(([name]) => !CONTACT_DATA.has(name)))
}
