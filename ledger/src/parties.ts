import { parseMinor } from '@fintech-streams/contracts'
import { type ClientBase } from 'pg'
import { copyRows } from './copy.ts'
import { derivedUuid } from './ids.ts'
import {
  type Account,
  type Customer,
  type Merchant,
  type NewAccount,
  type NewCustomer,
  type NewMerchant,
} from './records.ts'
import { accountRow, customerRow, eventRow, merchantRow, type Row } from './rows.ts'

/** Those that a set of transactions refers to, by id. What is not in the database is not in the maps. */
export interface Parties {
  customers: Map<string, Customer>
  /** Whatever their status. */
  accounts: Map<string, Account>
  merchants: Map<string, Merchant>
}

/** Parties as they are created. */
export interface NewParties {
  customers: readonly NewCustomer[]
  accounts: readonly NewAccount[]
  merchants: readonly NewMerchant[]
}

const CUSTOMERS = 'select customer_id, tier, risk_score, country, city from customers'
const ACCOUNTS = 'select account_id, customer_id, account_type, status, currency, balance, credit_limit from accounts'
const MERCHANTS = 'select merchant_id, name, category, mcc, country, city from merchants'

/** Looks up customers, accounts and merchants by id. */
export async function readParties(
  client: ClientBase,
  ids: { customers: readonly string[]; accounts: readonly string[]; merchants: readonly string[] },
): Promise<Parties> {
  const customers = await client.query<Text>(`${CUSTOMERS} where customer_id = any($1::uuid[])`, [ids.customers])
  const accounts = await client.query<Text>(`${ACCOUNTS} where account_id = any($1::uuid[])`, [ids.accounts])
  const merchants = await client.query<Text>(`${MERCHANTS} where merchant_id = any($1::uuid[])`, [ids.merchants])
  return partiesOf(customers.rows, accounts.rows, merchants.rows)
}

/** Everybody that money can move among: all customers and merchants, and the accounts that are active and sound. */
export async function readActiveParties(client: ClientBase): Promise<Parties> {
  const customers = await client.query<Text>(CUSTOMERS)
  const accounts = await client.query<Text>(`${ACCOUNTS} where status = 'ACTIVE' and balance <> 'NaN'`)
  const merchants = await client.query<Text>(MERCHANTS)
  return partiesOf(customers.rows, accounts.rows, merchants.rows)
}

/** Inserts new parties with the events that tell about them, in the caller's database transaction. */
export async function insertParties(client: ClientBase, parties: NewParties): Promise<void> {
  const customers = parties.customers.map(customerRow)
  const accounts = parties.accounts.map(accountRow)
  const merchants = parties.merchants.map(merchantRow)
  await copyRows(client, 'merchants', merchants)
  await copyRows(client, 'customers', customers)
  await copyRows(client, 'accounts', accounts)
  await copyRows(client, 'outbox', [
    ...merchants.map((row) => created('merchant', row.merchant_id, 'merchant_onboarded', row)),
    ...customers.map((row) => created('customer', row.customer_id, 'customer_created', withoutContactData(row))),
    ...accounts.map((row) => created('account', row.account_id, 'account_opened', row)),
  ])
}

type Text = Readonly<Record<string, string>>

const partiesOf = (customers: readonly Text[], accounts: readonly Text[], merchants: readonly Text[]): Parties => ({
  customers: new Map(customers.map(customerOf).map((customer) => [customer.customerId, customer])),
  accounts: new Map(accounts.map(accountOf).map((account) => [account.accountId, account])),
  merchants: new Map(merchants.map(merchantOf).map((merchant) => [merchant.merchantId, merchant])),
})

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
    status: row['status'],
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
  return eventRow(aggregateType, aggregateId, eventType, derivedUuid('created', aggregateId), row)
}

const CONTACT_DATA: ReadonlySet<string> = new Set([
  'first_name',
  'last_name',
  'email',
  'phone',
  'date_of_birth',
  'address',
])

function withoutContactData(row: Row): Row {
  return Object.fromEntries(Object.entries(row).filter(([name]) => !CONTACT_DATA.has(name)))
}
