export * from './apply.ts'
export * from './config.ts'
export * from './connect-client.ts'
export * from './forget.ts'
