export * from './migrate.ts'
export * from './migrations.ts'
export * from './roles.ts'
