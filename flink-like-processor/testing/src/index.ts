export { aggregated, learned, windowResultOf } from './windows.ts'
