/**
 * The rules document with the contract's thresholds. Tests that compute results by hand use it, so that an edit of the
 * project's `rules.json` leaves them as they are.
 */
export const CONTRACT_RULES_FILE = new URL('./contract-rules.json', import.meta.url)
