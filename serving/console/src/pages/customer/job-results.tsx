import { SimpleGrid } from '@mantine/core'
import type { Customer } from '@fintech-streams/api/schema'
import { Facts } from '../../elements/facts.tsx'
import { inWords, time, words } from '../../elements/format.ts'
import { Card } from '../../elements/section.tsx'

/** Shown apart, or of no interest here. */
const LEFT_OUT: ReadonlySet<string> = new Set(['customer_id', 'window_start', 'window_end'])

/** The newest window of each job whose results are a customer's. */
export const JobResults = ({ results }: { readonly results: Customer['results'] }) => (
  <SimpleGrid cols={{ base: 1, sm: 2, xl: 4 }}>
    {results.map(({ job, result }) => (
      <Card
        key={job}
        title={words(job)}
        order={3}
        note={result === null ? 'No window of this customer has closed yet.' : windowOf(result)}
      >
        {result !== null && (
          <Facts
            facts={Object.entries(result)
              .filter(([name]) => !LEFT_OUT.has(name))
              .map(([name, value]) => [words(name), inWords(value)] as const)}
          />
        )}
      </Card>
    ))}
  </SimpleGrid>
)

function windowOf({ window_start: start, window_end: end }: Readonly<Record<string, unknown>>): string {
  return `${time(String(start))} to ${time(String(end)).slice(-8)} UTC`
}
