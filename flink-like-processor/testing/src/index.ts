export { aggregated, windowResultOf } from './windows.ts'
