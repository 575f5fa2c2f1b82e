import { loadRules, type Rules } from '../rules.ts'

/** The rules with the contract's banks and thresholds: an edit of the project's `rules.json` leaves the tests as they are. */
export const contractRules = (): Rules => loadRules(new URL('./contract-rules.json', import.meta.url).pathname)
