import { type NewAccount, type NewCustomer, type NewMerchant } from '@fintech-streams/ledger'
import { Random } from '../random.ts'
import { createAccounts, createCustomers } from './customers.ts'
import { createMerchants, merchantCount } from './merchants.ts'

/** The reference data: whom and what transactions refer to. */
export interface World {
  customers: NewCustomer[]
  accounts: NewAccount[]
  merchants: NewMerchant[]
}

/** Makes the reference data of an empty database; the same seed and time give the same rows. */
export async function createWorld(options: { customers: number; seed: number; nowMs: number }): Promise<World> {
  // Only this needs the library of names, which takes a while to load.
  const { faker } = await import('@faker-js/faker/locale/en')
  const random = new Random(options.seed, options.nowMs, 'world')
  faker.seed(random.bits())
  faker.setDefaultRefDate(options.nowMs)
  const merchants = createMerchants(merchantCount(options.customers), options.nowMs, random, faker)
  const customers = createCustomers(options.customers, options.nowMs, random, faker)
  return { customers, accounts: customers.flatMap((customer) => createAccounts(customer, random)), merchants }
}
