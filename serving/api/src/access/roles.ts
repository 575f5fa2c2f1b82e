/** Who may ask for what. A token carries any number of these; a route names those that may use it. */
export const ROLES = [
  /** Reads what the streams show: scores, senders, pipeline, alerts. */
  'viewer',
  /** Operates the platform: metrics, sending dead letters again. */
  'ops',
  /** Records transactions. */
  'writer',
  // Business functions, each with its own indexes.
  'fraud_analyst',
  'finance',
  'partnerships',
  'marketing',
  'compliance',
  'treasury',
  'operations',
  /** May use every route. */
  'admin',
] as const
export type Role = (typeof ROLES)[number]

export function isRole(name: string): name is Role {
  return (ROLES as readonly string[]).includes(name)
}

/** Who may use a route: everybody (`public`), or callers with one of the roles. `admin` need not be named. */
export type RouteAccess = 'public' | readonly [Role, ...Role[]]

/** Whoever sends a request. */
export interface Caller {
  /** Of the token, for logs and limits. */
  readonly name: string
  readonly roles: readonly Role[]
}

/** Whether a caller with these roles may use a route. */
export function isAllowed(access: RouteAccess, roles: readonly Role[]): boolean {
  return access === 'public' || roles.includes('admin') || access.some((role) => roles.includes(role))
}
