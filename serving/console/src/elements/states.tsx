import { Alert, Button, Center, Loader, Stack, Text } from '@mantine/core'
import { type UseInfiniteQueryResult, type UseQueryResult } from '@tanstack/react-query'
import { type ReactNode } from 'react'
import { ApiProblem } from '../api/problem.ts'
import { type GetOptions, useGet } from '../api/queries.ts'

/** Something is on its way. */
export function Loading({ what = 'Loading' }: { readonly what?: string | undefined }) {
  return (
    <Center mih={80} role="status">
      <Loader size="sm" aria-hidden />
      <Text ml="sm" c="dimmed">
        {what}…
      </Text>
    </Center>
  )
}

/** There is nothing, and why. */
export function Empty({ children }: { readonly children: ReactNode }) {
  return (
    <Center mih={80} p="md">
      <Text c="dimmed" ta="center">
        {children}
      </Text>
    </Center>
  )
}

/** What went wrong, in the API's words, and another try. */
export function Failure({ error, retry }: { readonly error: Error; readonly retry?: () => void }) {
  return (
    <Alert color="red" title={error instanceof ApiProblem ? error.title : 'Something went wrong here'} role="alert">
      <Stack gap="xs" align="flex-start">
        <Text size="sm">{error.message}</Text>
        {retry !== undefined && (
          <Button size="xs" variant="default" onClick={retry}>
            Try again
          </Button>
        )}
      </Stack>
    </Alert>
  )
}

interface LoadedProps<T, Query> {
  readonly query: Query
  readonly what?: string | undefined
  readonly children: (data: T) => ReactNode
}

/** What a query found; before that that it loads, or what went wrong. Old data stays visible below a failure. */
export function Loaded<T>({ query, what, children }: LoadedProps<T, UseQueryResult<T> | UseInfiniteQueryResult<T>>) {
  const { data, error, refetch } = query
  return (
    <>
      {error !== null && <Failure error={error} retry={() => void refetch()} />}
      {data === undefined ? error === null && <Loading what={what} /> : children(data)}
    </>
  )
}

/** The same of what the API answers to a GET. */
export const Fetched = <T,>({
  path,
  what,
  children,
  ...options
}: GetOptions<T> & Omit<LoadedProps<T, never>, 'query'> & { readonly path: string }) => (
  <Loaded query={useGet(path, options)} what={what}>
    {children}
  </Loaded>
)

/** The same of a list that comes page by page, with a button for the next one. */
export function LoadedPages<T>({
  more,
  ...loaded
}: LoadedProps<T, UseInfiniteQueryResult<T>> & { readonly more: string }) {
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = loaded.query
  return (
    <Stack gap="sm" align="stretch">
      <Loaded {...loaded} />
      {hasNextPage && (
        <Button variant="default" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          {more}
        </Button>
      )}
    </Stack>
  )
}
