const TIMEOUT_MS = 5_000

/** @throws Error unless the address answers with a success. */
export async function requireOk(url: string): Promise<void> {
  const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) })
  const body = await response.text()
  if (!response.ok) throw new Error(`${url} answers ${response.status}: ${body.trim().slice(0, 200)}`)
}
