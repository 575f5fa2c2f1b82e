import { Button, Stack, Text } from '@mantine/core'
import { useState } from 'react'
import { usePages } from '../../api/queries.ts'
import { type Column, DataTable } from '../../elements/data-table.tsx'
import { time } from '../../elements/format.ts'
import { Section } from '../../elements/section.tsx'
import { Loaded, LoadedPages } from '../../elements/states.tsx'
import { type IndexPage, pathOf, type RejectedLine, type StatementFile, useAll } from './rows.ts'

const PAGE_ROWS = 25
const EVERY_MS = 60_000

/** Every line of a file is in one of the four counts. */
const FILES: readonly Column<StatementFile>[] = [
  { header: 'File', cell: ({ name }) => name, note: ({ problem }) => problem, role: 'opens', className: 'breaks' },
  {
    header: 'Of',
    cell: (file) => (file.bank_ids === '' ? null : file.bank_ids.replaceAll(',', ', ')),
    note: daysOf,
  },
  { header: 'Taken in (UTC)', cell: ({ ingested_at: at }) => time(at), className: 'uncut' },
  { header: 'Lines', cell: ({ line_count: lines }) => lines, unit: 'count' },
  { header: 'Taken', cell: (file) => file.taken_count, unit: 'count' },
  { header: 'Rejected', cell: (file) => file.rejected_count, unit: 'count' },
  { header: 'Known', cell: (file) => file.known_count, unit: 'count' },
  { header: 'Announced', cell: (file) => file.unbooked_count, unit: 'count' },
  { header: 'Outcome', cell: (file) => outcomeOf(file), className: 'uncut' },
]

/** The banks' files with their outcome, the newest first; each opens with its rejected lines. */
export function Statements({ since }: { readonly since: string }) {
  const found = useAll<StatementFile>('statement_files', { date_from: since }, EVERY_MS)
  return (
    <Section title="Statement files" note="known: another file had the line; announced: not booked yet">
      <Loaded query={found} what="Loading statement files">
        {(files) => <Files files={files} />}
      </Loaded>
    </Section>
  )
}

/** A large day of a bank has many files. */
function Files({ files }: { readonly files: readonly StatementFile[] }) {
  const [shown, setShown] = useState(PAGE_ROWS)
  const newest = files.toSorted((one, other) => other.ingested_at.localeCompare(one.ingested_at))
  return (
    <Stack gap="sm" align="stretch">
      <DataTable
        label="Statement files"
        empty="No file of a bank has come in these days."
        minWidth={1_000}
        columns={FILES}
        rows={newest.slice(0, shown)}
        rowKey={({ file_id: id }) => id}
        details={(file) => <Details file={file} />}
        data-testid="statement-files"
      />
      {shown < files.length && (
        <Button variant="default" onClick={() => setShown(shown + PAGE_ROWS)}>
          More files
        </Button>
      )}
    </Stack>
  )
}

function Details({ file }: { readonly file: StatementFile }) {
  if (file.rejected_count > 0) return <RejectedLines file={file} />
  return <Text size="sm">{file.is_refused ? 'Nothing of it was taken.' : 'No line of it was rejected.'}</Text>
}

const LINES: readonly Column<RejectedLine>[] = [
  { header: 'Line', cell: ({ line_number: number }) => number, align: 'right', width: 70 },
  { header: 'Reason', cell: ({ reason }) => reason, width: '35%', className: 'breaks' },
  { header: 'As it stands in the file', cell: ({ line }) => <code>{line}</code>, className: 'breaks' },
]

function RejectedLines({ file: { file_id: id, business_date: day } }: { readonly file: StatementFile }) {
  const found = usePages(pathOf('rejected_lines'), {
    query: { file_id: id, date_from: day, date_to: day, limit: PAGE_ROWS },
    rowsOf: ({ rows }: IndexPage<RejectedLine>) => rows,
  })
  return (
    <LoadedPages query={found} what="Loading rejected lines" more="More rejected lines">
      {(rows) => (
        <DataTable
          label="Rejected lines"
          empty="They are in the lake alone."
          minWidth={560}
          columns={LINES}
          rows={rows}
          data-testid="rejected-lines"
        />
      )}
    </LoadedPages>
  )
}

function daysOf({ bank_ids: banks, first_day: first, last_day: last }: StatementFile): string | null {
  if (banks === '') return null
  return first === last ? first : `${first} to ${last}`
}

function outcomeOf({ is_refused: isRefused, rejected_count: rejected }: StatementFile): string {
  if (isRefused) return 'refused'
  return rejected > 0 ? 'taken in part' : 'taken'
}
