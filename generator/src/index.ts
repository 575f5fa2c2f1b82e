export { Market } from './model/market.ts'
export { Random } from './random.ts'
export { databaseConfig, databaseSettings, runAllSettings } from './settings.ts'
export { withConnection } from './write/connection.ts'
