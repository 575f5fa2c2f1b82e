import { contractRules } from '../testing/contract-rules.ts'
import { describe, expect, test } from 'vitest'
import { type Rules } from '../rules.ts'
import { bankOfOwner } from './owner.ts'
import { type Owner } from './statement.ts'

const [first] = contractRules().banks
const bank = (id: string, changes: Partial<Rules['banks'][number]>): Rules['banks'][number] => ({
  ...(first ?? expect.fail('the rules have no bank')),
  id,
  name: `${id} bank`,
  bics: [],
  accounts: [],
  ...changes,
})
const rules: Rules = {
  ...contractRules(),
  banks: [
    bank('ALPHA', { bics: ['ALPHDEFF'], accounts: ['DE02 1203 0000 0000 2020 51'] }),
    bank('BETA', { bics: ['ALPHDEFF'], accounts: ['50010517/0648489890'], name: 'Beta & Söhne' }),
    bank('GAMMA', { bics: ['GAMMDEFF123'] }),
  ],
}
const owner = (says: Partial<Owner>): Owner => ({ id: '', account: '', bic: '', name: '', ...says })

describe('a statement is of the bank that it says', () => {
  test.each([
    ['GAMMA', { id: 'GAMMA' }],
    ['ALPHA', { account: 'DE02120300000000202051' }],
    ['ALPHA', { account: 'de02 1203 0000 0000 2020 51' }],
    ['ALPHA', { account: 'DE02120300000000202051EUR' }],
    ['BETA', { account: '50010517/0648489890' }],
    ['GAMMA', { bic: 'GAMMDEFF123' }],
    ['BETA', { name: 'BETA & SÖHNE' }],
    // Two banks of one BIC are told apart by what else there is.
    ['BETA', { bic: 'ALPHDEFFXXX', name: 'Beta & Söhne' }],
    // An account says more than a BIC.
    ['ALPHA', { account: 'DE02120300000000202051', bic: 'GAMMDEFF123' }],
  ] as const)('%s: %o', (id, says) => {
    expect(bankOfOwner(rules, owner(says)).id).toBe(id)
  })

  test.each([
    [{}, /it has nothing/],
    [{ bic: 'ALPHDEFFXXX' }, /it has bic ALPHDEFFXXX: add its account, BIC or name/],
    [{ bic: 'GAMMDEFF' }, /bic GAMMDEFF/],
    [{ account: 'DE99', name: 'Delta' }, /account DE99, name Delta/],
  ] as const)('%o is refused with what it says', (says, reason) => {
    expect(() => bankOfOwner(rules, owner(says))).toThrow(reason)
  })
})
