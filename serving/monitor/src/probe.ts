/** What a part of the platform answered, or why it did not. */
export type ProbeResult<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly reason: string }

/** How long a part may take to answer before it counts as down. */
export const PROBE_TIMEOUT_MS = 3_000

/** Asks a part of the platform, {@link PROBE_TIMEOUT_MS} at most; never throws. */
export async function probe<T>(work: (signal: AbortSignal) => Promise<T>): Promise<ProbeResult<T>> {
  const signal = AbortSignal.timeout(PROBE_TIMEOUT_MS)
  const gaveUp = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error(`no answer within ${PROBE_TIMEOUT_MS / 1_000} s`)))
  })
  try {
    return { ok: true, value: await Promise.race([work(signal), gaveUp]) }
  } catch (error) {
    return { ok: false, reason: reasonOf(error) }
  }
}

/** An error in one line, the innermost cause first: that of a failed fetch says which port refused. */
export function reasonOf(error: unknown): string {
  let innermost = error
  while (innermost instanceof Error) {
    const inner: unknown = innermost instanceof AggregateError ? innermost.errors[0] : innermost.cause
    if (!(inner instanceof Error)) break
    innermost = inner
  }
  const { code, message } = innermost as NodeJS.ErrnoException
  if (innermost instanceof Error && innermost.name === 'TimeoutError') {
    return `no answer within ${PROBE_TIMEOUT_MS / 1_000} s`
  }
  return (message || code || String(error)).split('\n', 1)[0]!.slice(0, 300)
}
