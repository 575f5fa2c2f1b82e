import { Table, Text } from '@mantine/core'
import type { JobRow } from '@fintech-streams/monitor'
import { ConditionBadge } from '../../elements/condition.tsx'
import { duration, time } from '../../elements/format.ts'
import { count, perSecond } from '../../elements/rates.ts'
import { ScrollRegion } from '../../elements/scroll-region.tsx'

const seconds = (value: number | null | undefined): string =>
  value === null || value === undefined ? '–' : duration(1_000 * value)

/** The jobs, as a stream processor's users look for them. */
export function JobsTable({ jobs }: { readonly jobs: readonly JobRow[] }) {
  return (
    <ScrollRegion label="Jobs" minWidth={1_020}>
      <Table verticalSpacing={6} highlightOnHover layout="fixed" data-testid="jobs">
        <Table.Thead>
          <Table.Tr>
            <Table.Th w={170}>Job</Table.Th>
            <Table.Th w={100}>State</Table.Th>
            <Table.Th className="numeric">In</Table.Th>
            <Table.Th className="numeric">Out</Table.Th>
            <Table.Th className="numeric" w={110}>
              Watermark delay
            </Table.Th>
            <Table.Th className="numeric">Lag</Table.Th>
            <Table.Th className="numeric" w={150}>
              Last checkpoint
            </Table.Th>
            <Table.Th className="numeric">p50</Table.Th>
            <Table.Th className="numeric">p99</Table.Th>
            <Table.Th className="numeric">Late</Table.Th>
            <Table.Th className="numeric" w={90}>
              Dead letters
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {jobs.map((job) => (
            <Table.Tr key={job.id} data-job={job.id}>
              <Table.Th scope="row" fw={500}>
                {job.id}
                <Text size="xs" c="dimmed">
                  {job.kind}
                </Text>
              </Table.Th>
              <Table.Td>
                <ConditionBadge state={job.state} />
              </Table.Td>
              <Both value={job.records_in} rate={job.records_in_per_second} />
              <Both value={job.records_out} rate={job.records_out_per_second} />
              <Table.Td className="numeric" title={job.watermark === null ? undefined : `${time(job.watermark)} UTC`}>
                {seconds(job.watermark_delay_seconds)}
              </Table.Td>
              <Table.Td className="numeric">{count(job.lag_records)}</Table.Td>
              <Table.Td className="numeric">
                {job.checkpoint === null ? '–' : `${seconds(job.checkpoint.age_seconds)} ago`}
                <Text size="xs" c="dimmed">
                  {job.checkpoint === null || job.checkpoint.entries === null
                    ? 'none in a minute'
                    : `${count(Math.round(job.checkpoint.entries))} entries, ${seconds(job.checkpoint.duration_seconds)}`}
                </Text>
              </Table.Td>
              <Table.Td className="numeric">{seconds(job.latency?.p50_seconds)}</Table.Td>
              <Table.Td className="numeric">{seconds(job.latency?.p99_seconds)}</Table.Td>
              <Table.Td className="numeric">{count(job.late)}</Table.Td>
              <Table.Td className="numeric">{count(job.dead_lettered)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </ScrollRegion>
  )
}

/** A rate, and below it the count since the workers started. */
function Both({ value, rate }: { readonly value: number; readonly rate: number | null }) {
  return (
    <Table.Td className="numeric">
      {perSecond(rate)}
      <Text size="xs" c="dimmed">
        {count(value)}
      </Text>
    </Table.Td>
  )
}
