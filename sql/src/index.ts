export * from './migrate.ts'
export * from './roles.ts'
