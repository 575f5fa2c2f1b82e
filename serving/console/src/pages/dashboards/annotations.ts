import { keepPreviousData, useQuery } from '@tanstack/react-query'
import type { AnnotationsResponse } from '@fintech-streams/api/schema'
import { post } from '../../api/client.ts'
import type { View } from './view.ts'

export type Annotation = AnnotationsResponse['annotations'][number]

const NONE: readonly Annotation[] = []

/** The marks on the charts over time. Without them a dashboard is still worth looking at: an error shows none. */
export function useAnnotations(uid: string, view: View, hasAny: boolean): readonly Annotation[] {
  const { data } = useQuery({
    queryKey: ['annotations', uid, view.key],
    queryFn: ({ signal }) =>
      post<AnnotationsResponse>(`/v1/dashboards/${encodeURIComponent(uid)}/annotations`, view.request().body, signal),
    refetchInterval: view.refreshMs,
    placeholderData: keepPreviousData,
    enabled: hasAny,
  })
  return data?.annotations ?? NONE
}
