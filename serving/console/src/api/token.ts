import { useSyncExternalStore } from 'react'

/** Kept for the tab only: a token is as good as a password. */
const KEY = 'fintech-streams.token'

const listeners = new Set<() => void>()
let refusals = 0

export const currentToken = (): string | undefined => sessionStorage.getItem(KEY) ?? undefined

export function setToken(token: string | undefined): void {
  if (token === undefined) sessionStorage.removeItem(KEY)
  else sessionStorage.setItem(KEY, token)
  refusals = 0
  for (const listener of listeners) listener()
}

/** The API does not know the token, or wants one. */
export function tokenRefused(): void {
  refusals += 1
  for (const listener of listeners) listener()
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

export const useToken = (): string | undefined => useSyncExternalStore(subscribe, currentToken)

/** Whether the API has refused since the token was set. */
export const useIsRefused = (): boolean => useSyncExternalStore(subscribe, () => refusals > 0)
