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

const CUSTOMERS = `select customer_id as "customerId", tier, risk_score::float8 as "riskScore", country, city from customers`
/** Minor units are exact as far as a safe integer goes; a write goes by the balance that it reads itself. */
const ACCOUNTS = `select account_id as "accountId", customer_id as "customerId", account_type as type, status, currency,
  (balance * 100)::float8 as "balanceMinor", (credit_limit * 100)::float8 as "creditLimitMinor" from accounts`
const MERCHANTS = `select merchant_id as "merchantId", name, category, mcc, country, city from merchants`

/** Looks up customers, accounts and merchants by id. */
export async function readParties(
  client: ClientBase,
  ids: { customers: readonly string[]; accounts: readonly string[]; merchants: readonly string[] },
): Promise<Parties> {
  return partiesOf(
    await client.query<Customer>(`${CUSTOMERS} where customer_id = any($1::uuid[])`, [ids.customers]),
    await client.query<Account>(`${ACCOUNTS} where account_id = any($1::uuid[])`, [ids.accounts]),
    await client.query<Merchant>(`${MERCHANTS} where merchant_id = any($1::uuid[])`, [ids.merchants]),
  )
}

/** Everybody that money can move among: all customers and merchants, and the accounts that are active and sound. */
export async function readActiveParties(client: ClientBase): Promise<Parties> {
  return partiesOf(
    await client.query<Customer>(CUSTOMERS),
    await client.query<Account>(`${ACCOUNTS} where status = 'ACTIVE' and balance <> 'NaN'`),
    await client.query<Merchant>(MERCHANTS),
  )
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

type Rows<T> = Readonly<{ rows: readonly T[] }>

const partiesOf = (customers: Rows<Customer>, accounts: Rows<Account>, merchants: Rows<Merchant>): Parties => ({
  customers: new Map(customers.rows.map((customer) => [customer.customerId, customer])),
  accounts: new Map(accounts.rows.map((account) => [account.accountId, account])),
  merchants: new Map(merchants.rows.map((merchant) => [merchant.merchantId, merchant])),
})

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
