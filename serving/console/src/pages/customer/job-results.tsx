import { Paper, SimpleGrid, Text, Title } from '@mantine/core'
import type { Customer } from '@fintech-streams/api/schema'
import { Facts } from '../../elements/facts.tsx'
import { number, time } from '../../elements/format.ts'
import { words } from '../../elements/money.ts'

/** Shown apart, or of no interest here. */
const LEFT_OUT: ReadonlySet<string> = new Set(['customer_id', 'window_start', 'window_end'])
/** Entries of a distribution or a list. */
const ENTRIES_MAX = 8

/** The newest window of each job whose results are a customer's. */
export function JobResults({ results }: { readonly results: Customer['results'] }) {
  return (
    <SimpleGrid cols={{ base: 1, sm: 2, xl: 4 }}>
      {results.map(({ job, result }) => (
        <Paper key={job} withBorder p="md" component="section" aria-label={words(job)}>
          <Title order={3}>{words(job)}</Title>
          {result === null ? (
            <Text size="sm" c="dimmed">
              No window of this customer has closed yet.
            </Text>
          ) : (
            <>
              <Text size="xs" c="dimmed">
                {windowOf(result)}
              </Text>
              <Facts
                facts={Object.entries(result)
                  .filter(([name]) => !LEFT_OUT.has(name))
                  .map(([name, value]) => [words(name), textOf(value)] as const)}
              />
            </>
          )}
        </Paper>
      ))}
    </SimpleGrid>
  )
}

function windowOf({ window_start: start, window_end: end }: Readonly<Record<string, unknown>>): string {
  return `${time(String(start))} to ${time(String(end)).slice(-8)} UTC`
}

function textOf(value: unknown): string {
  if (typeof value === 'number') return number(value)
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  if (typeof value === 'string') return value
  if (value === null || value === undefined) return 'none'
  const entries = Array.isArray(value)
    ? value.map(String)
    : Object.entries(value).map(([name, of]) => `${words(name)} ${textOf(of)}`)
  if (entries.length === 0) return 'none'
  const more = entries.length - ENTRIES_MAX
  return `${entries.slice(0, ENTRIES_MAX).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}
