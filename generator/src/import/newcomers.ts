import { TIER_PROFILES } from '../model/tiers.ts'
import { type NewAccount, type NewCustomer, type NewMerchant, type Parties } from '@fintech-streams/ledger'
import { type World } from '../model/world.ts'
import { type ImportedTransaction } from './parse.ts'

/**
 * The customers, accounts and merchants that transactions name and the database does not have yet. A file of
 * transactions knows little about them: what it does not say gets a value that shows it.
 */
export function newcomersOf(transactions: readonly ImportedTransaction[], known: Parties): World {
  const customers = new Map<string, NewCustomer>()
  const accounts = new Map<string, NewAccount>()
  const merchants = new Map<string, NewMerchant>()
  for (const transaction of transactions) {
    const { customerId, accountId, merchant } = transaction
    if (!known.customers.has(customerId) && !customers.has(customerId)) {
      customers.set(customerId, newCustomer(transaction))
    }
    if (!known.accounts.has(accountId) && !accounts.has(accountId)) accounts.set(accountId, newAccount(transaction))
    if (merchant !== undefined && !known.merchants.has(merchant.merchantId) && !merchants.has(merchant.merchantId)) {
      const unknown = { businessType: 'UNKNOWN', address: 'unknown', riskLevel: 'LOW' } as const
      merchants.set(merchant.merchantId, { ...merchant, ...unknown, createdAtMs: transaction.atMs })
    }
  }
  return {
    customers: [...customers.values()],
    accounts: [...accounts.values()],
    merchants: [...merchants.values()],
  }
}

function newCustomer({ customerId, customerReference, customerPlace, tier, atMs }: ImportedTransaction): NewCustomer {
  return {
    customerId,
    firstName: 'Imported',
    lastName: customerReference,
    // A name that can never receive mail.
    email: `${customerId}@imported.invalid`,
    phone: 'unknown',
    dateOfBirth: '1970-01-01',
    address: 'unknown',
    country: customerPlace?.country ?? 'US',
    city: customerPlace?.city ?? 'unknown',
    tier,
    riskScore: TIER_PROFILES[tier].baseRisk,
    creditScore: 600,
    kycStatus: 'PENDING',
    createdAtMs: atMs,
  }
}

function newAccount({ accountId, customerId, currency, atMs }: ImportedTransaction): NewAccount {
  return {
    accountId,
    customerId,
    type: 'CHECKING',
    status: 'ACTIVE',
    currency,
    balanceMinor: 0,
    creditLimitMinor: 0,
    interestRate: 0,
    createdAtMs: atMs,
  }
}
