export { Database, type PgClient } from './database.ts'
export { Gathered } from './gathered.ts'
export { OwnerSession, throwIfRefused } from './owner-session.ts'
