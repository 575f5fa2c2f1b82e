import { type ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { type TOptional, type TString, Type } from 'typebox'
import { type Database } from '@fintech-streams/postgres'
import { Problem } from '@fintech-streams/service'
import { Semaphore } from '../http/semaphore.ts'
import { type Api } from '../route.ts'
import { csvOf, parquetOf } from './export.ts'
import { IndexReader } from './reader.ts'
import { BUSINESS_ROLES, type FilterName, FILTERS, INDEX_NAMES, INDEXES, type IndexName } from './spec.ts'

const PAGE_ROWS_MAX = 1_000
/** What one export holds; its `x-next-cursor` goes on from there. */
const EXPORT_ROWS_MAX = 50_000
/** Exports share the API's memory and connections with every other route. */
const EXPORTS_RUNNING = 1
const EXPORTS_WAITING = 10
/** From the request to the last byte of its file, the wait for those before it included: a slow reader holds up others. */
const EXPORT_MS_MAX = 120_000

const Day = Type.String({ format: 'date', description: 'Business day, such as 2026-11-19' })
const Name = Type.Unsafe<IndexName>({ type: 'string', enum: INDEX_NAMES })
const access = [BUSINESS_ROLES[0], ...BUSINESS_ROLES.slice(1)] as const

const filterSchemas = Object.fromEntries(
  FILTERS.map((name) => [name, Type.Optional(Type.String({ maxLength: 64, description: 'Rows with this value' }))]),
) as Record<FilterName, TOptional<TString>>

const Query = Type.Object(
  {
    date_from: Type.Optional(Day),
    date_to: Type.Optional({ ...Day, description: 'Included' }),
    limit: Type.Optional(
      Type.Integer({ minimum: 1, maximum: EXPORT_ROWS_MAX, description: `At most ${PAGE_ROWS_MAX} as JSON` }),
    ),
    cursor: Type.Optional(Type.String({ maxLength: 1_024, description: 'next_cursor of the page before' })),
    format: Type.Union([Type.Literal('json'), Type.Literal('csv'), Type.Literal('parquet')], { default: 'json' }),
    ...filterSchemas,
  },
  { additionalProperties: false },
)

const Row = Type.Object(
  {},
  { additionalProperties: true, description: 'reconciliation/docs/INDEXES.md has the columns' },
)

/** The indexes of finance, risk and operations, each for the business functions that it is granted to. */
export function indexRoutes(app: Api, { database }: { database: Database }): void {
  const reader = new IndexReader(database)
  const exports = new Semaphore(EXPORTS_RUNNING, EXPORTS_WAITING)
  app.get(
    '/v1/indexes',
    {
      config: { access },
      schema: {
        summary: 'The indexes that the caller may read',
        tags: ['indexes'],
        response: { 200: Type.Object({ indexes: Type.Array(Name) }) },
      },
    },
    async ({ caller }) => ({ indexes: await reader.readable(caller?.roles ?? []) }),
  )
  app.get(
    '/v1/indexes/:index',
    {
      config: { access },
      handlerTimeout: EXPORT_MS_MAX,
      schema: {
        summary: 'A page of an index, or a file of it',
        description:
          'In the order of its key, the day first. Pages go on where the one before ended, also when a day is published ' +
          'again meanwhile. As CSV and Parquet the header x-next-cursor says where a further file would begin.',
        tags: ['indexes'],
        params: Type.Object({ index: Name }),
        querystring: Query,
        response: {
          200: {
            description: 'The rows',
            content: {
              'application/json': {
                schema: Type.Object({
                  rows: Type.Array(Row),
                  next_cursor: Type.Union([Type.String(), Type.Null()]),
                  read_as: Type.String({ description: 'The business function whose rights were used' }),
                }),
              },
              'text/csv': { schema: Type.Unsafe<Readable>({ type: 'string' }) },
              'application/vnd.apache.parquet': { schema: Type.Unsafe<Readable>({ type: 'string', format: 'binary' }) },
            },
          },
        },
      },
    },
    async ({ caller, params: { index }, query }, reply) => {
      const { format, limit, cursor, date_from: dateFrom, date_to: dateTo, ...filters } = query
      const rowsMax = format === 'json' ? PAGE_ROWS_MAX : EXPORT_ROWS_MAX
      if (limit !== undefined && limit > rowsMax) throw invalid('limit', `is more than ${rowsMax}`)
      requireFilters(index, filters)
      const request = { index, dateFrom, dateTo, filters, cursor, limit: limit ?? (format === 'json' ? 100 : rowsMax) }
      const roles = caller?.roles ?? []
      if (format === 'json') {
        const page = await reader.read(roles, request)
        return { rows: [...page.rows], next_cursor: page.nextCursor, read_as: page.role }
      }
      await exports.hold(closeOf(reply.raw))
      const columns = await reader.columns(index)
      const nextCursor = await reader.cursorAfter(roles, request)
      reply.header('content-disposition', `attachment; filename="${index}.${format}"`)
      if (nextCursor !== null) reply.header('x-next-cursor', nextCursor)
      const pages = reader.pages(roles, request, PAGE_ROWS_MAX)
      const file = Readable.from(format === 'csv' ? csvOf(columns, pages) : parquetOf(columns, pages))
      return reply.type(format === 'csv' ? 'text/csv; charset=utf-8' : 'application/vnd.apache.parquet').send(file)
    },
  )
}

/** Comes when the answer has gone out, or when whoever asked is gone. */
function closeOf(response: ServerResponse): AbortSignal {
  const closed = new AbortController()
  response.once('close', () => closed.abort())
  if (response.destroyed) closed.abort()
  return closed.signal
}

/** @throws Problem `invalid_request` for a filter by a column that the index does not have. */
function requireFilters(index: IndexName, filters: Readonly<Record<string, unknown>>): void {
  const known: readonly string[] = INDEXES[index].filters
  const unknown = Object.keys(filters).find((name) => !known.includes(name))
  if (unknown !== undefined) throw invalid(unknown, `is no filter of ${index}, which has ${known.join(', ') || 'none'}`)
}

function invalid(name: string, message: string): Problem {
  return new Problem('invalid_request', `/query/${name} ${message}`, {
    fields: [{ pointer: `/query/${name}`, message }],
  })
}
