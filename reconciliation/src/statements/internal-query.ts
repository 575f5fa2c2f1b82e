import { type Rules } from '../rules.ts'
import { ruleTables } from '../sql/parameters.ts'
import { sqlStep } from '../sql/steps.ts'

/** The matching's own query of what banks should show, over a query of transactions. */
export function internalQuery(rules: Rules, transactions: string): string {
  const banks = ruleTables(rules)['banks']
  return `with transactions as (${transactions}), banks as (${banks}) ${sqlStep('match', 'internal').query}`
}
