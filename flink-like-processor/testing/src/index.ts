export { learned, windowResultOf, steady } from './windows.ts'
export { CONTRACT_RULES_FILE } from './contract-rules.ts'
