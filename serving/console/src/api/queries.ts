import { useInfiniteQuery, useQuery, type UseQueryOptions } from '@tanstack/react-query'
import { get, type QueryPart } from './client.ts'

export interface GetOptions<T> extends Pick<UseQueryOptions<T>, 'enabled' | 'staleTime' | 'placeholderData'> {
  readonly query?: QueryPart
  /** Asked again each time this has passed, while the tab is seen. */
  readonly everyMs?: number | false
}

/** What the API answers to a GET. Whoever asks the same shares one answer, whose key is the path and the query. */
export function useGet<T>(path: string, { query = {}, everyMs = false, ...options }: GetOptions<T> = {}) {
  return useQuery({
    queryKey: [path, query],
    queryFn: ({ signal }) => get<T>(path, query, signal),
    refetchInterval: everyMs,
    ...options,
  })
}

/** A page of a list whose answer says where the next one begins. */
export interface PageOf {
  readonly next_cursor: string | null
}

interface PagesOptions<Answer, Row> {
  readonly query: QueryPart
  readonly rowsOf: (page: Answer) => readonly Row[]
  /** Upper bound of what is kept, and asked for again each time. */
  readonly pagesMax?: number
  readonly everyMs?: number | false
}

/** A list page by page; `data` are the rows of all pages that were asked for. */
export function usePages<Answer extends PageOf, Row>(path: string, options: PagesOptions<Answer, Row>) {
  const { query, rowsOf, pagesMax = Infinity, everyMs = false } = options
  return useInfiniteQuery({
    queryKey: [path, query, 'pages'],
    queryFn: ({ pageParam, signal }) => get<Answer>(path, { ...query, cursor: pageParam }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last, pages) => (pages.length < pagesMax ? (last.next_cursor ?? undefined) : undefined),
    select: ({ pages }) => pages.flatMap(rowsOf),
    refetchInterval: everyMs,
  })
}
