import { type Bank, type Rules } from '../rules.ts'
import { BadStatement, type Owner } from './statement.ts'

/**
 * The bank of a statement: by its id, its account, its BIC or its name, the first that tells one bank from the others.
 * @throws BadStatement when none does.
 */
export function bankOfOwner({ banks }: Rules, owner: Owner): Bank {
  let left: readonly Bank[] = banks
  for (const fits of [byId, byAccount, byBic, byName]) {
    const found = left.filter((bank) => fits(bank, owner))
    if (found.length === 1 && found[0] !== undefined) return found[0]
    if (found.length > 1) left = found
  }
  const says = Object.entries(owner).filter(([, value]) => value !== '')
  const shown = says.map(([what, value]) => `${what} ${value}`).join(', ') || 'nothing'
  const advice = 'add its account, BIC or name to a bank of the rules'
  throw new BadStatement(`it does not say which bank's it is: it has ${shown}: ${advice}`)
}

const byId = ({ id }: Bank, owner: Owner): boolean => owner.id === id

/** Some banks write the account's currency behind its number. */
const byAccount = ({ accounts }: Bank, owner: Owner): boolean => {
  const number = accountOf(owner)
  return accounts.map(plain).some((account) => number === account || number.replace(/[A-Z]{3}$/, '') === account)
}

/** Eight characters stand for all branches, and XXX for none of them. */
const byBic = ({ bics }: Bank, owner: Owner): boolean => {
  const bic = plain(owner.bic).replace(/XXX$/, '')
  return bics.map((known) => known.replace(/XXX$/, '')).some((known) => bic === known || bic.slice(0, 8) === known)
}

const byName = ({ name }: Bank, owner: Owner): boolean => plain(owner.name) === plain(name)

/** An account's number as it is compared: without blanks, in capitals. */
export const accountOf = ({ account }: Owner): string => plain(account)

const plain = (text: string): string => text.replaceAll(/\s/g, '').toUpperCase()
