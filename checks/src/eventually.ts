import { setTimeout as sleep } from 'node:timers/promises'

const WITHIN_MS = 60_000
const PAUSE_MS = 200

/**
 * Looks again and again until `holds`, for what happens by itself and soon.
 * @returns what it saw last, to be asserted on, also when the time is over: the assertion then shows what is wrong.
 */
export async function eventually<T>(
  look: () => Promise<T>,
  holds: (seen: T) => boolean,
  withinMs = WITHIN_MS,
): Promise<T> {
  const deadline = performance.now() + withinMs
  for (;;) {
    const seen = await look()
    if (holds(seen) || performance.now() >= deadline) return seen
    await sleep(PAUSE_MS)
  }
}
