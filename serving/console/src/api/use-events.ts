import { useDocumentVisibility } from '@mantine/hooks'
import { useEffect, useEffectEvent, useState } from 'react'
import { type ServerEvent, type StreamState } from './events.ts'
import { ApiProblem } from './problem.ts'
import { followShared } from './shared-events.ts'
import { useToken } from './token.ts'

/**
 * Follows a stream as long as the component is there and its tab is seen: a hidden tab gives the connection to one that
 * is, since browsers freeze what is hidden. `path` undefined follows nothing.
 */
export function useEvents(
  path: string | undefined,
  onEvent: (event: ServerEvent) => void,
): { readonly state: StreamState; readonly problem: ApiProblem | undefined } {
  const [state, setState] = useState<StreamState>('connecting')
  const [problem, setProblem] = useState<ApiProblem>()
  const event = useEffectEvent(onEvent)
  const token = useToken()
  const isSeen = useDocumentVisibility() !== 'hidden'
  useEffect(() => {
    if (path === undefined || !isSeen) return
    const stop = new AbortController()
    setState('connecting')
    setProblem(undefined)
    const on = { event: (one: ServerEvent) => event(one), state: setState }
    followShared(path, token ?? '', on, stop.signal).catch((error: unknown) => {
      if (!stop.signal.aborted && error instanceof ApiProblem) setProblem(error)
    })
    return () => stop.abort()
  }, [path, token, isSeen])
  return { state, problem }
}
