export { aggregated, learned, steady, windowResultOf } from './windows.ts'
export { CONTRACT_RULES_FILE } from './contract-rules.ts'
