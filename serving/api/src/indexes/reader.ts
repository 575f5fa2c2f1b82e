import { type Database, FORBIDDEN, isState, type PgClient } from '@fintech-streams/postgres'
import { Problem } from '@fintech-streams/service'
import { decodeCursor, encodeCursor, queryDigest } from './cursor.ts'
import { BUSINESS_ROLES, type BusinessRole, type FilterName, type IndexName, INDEXES, type IndexSpec } from './spec.ts'

export interface IndexRequest {
  readonly index: IndexName
  /** Both included. */
  readonly dateFrom: string | undefined
  readonly dateTo: string | undefined
  readonly filters: Readonly<Partial<Record<FilterName, string>>>
  readonly cursor: string | undefined
  readonly limit: number
}

/** Values as JSON has them: money a decimal string, times ISO-8601, counts numbers. */
export type IndexRow = Readonly<Record<string, unknown>>

export interface IndexPage {
  readonly rows: readonly IndexRow[]
  /** Goes on after the last row; null when there is no more. */
  readonly nextCursor: string | null
  /** The role that it was read by. */
  readonly role: BusinessRole
}

export interface Column {
  readonly name: string
  /** As Postgres names it. */
  readonly type: string
}

/**
 * Reads indexes as the business function of whoever asks: each request is a read-only transaction that takes on that
 * role, so Postgres's grants and masks hold whatever this code does.
 */
export class IndexReader {
  readonly #database: Database
  readonly #columns = new Map<IndexName, readonly Column[]>()

  constructor(database: Database) {
    this.#database = database
  }

  /** The indexes that a caller with these roles may read. */
  async readable(roles: readonly string[]): Promise<IndexName[]> {
    const own = BUSINESS_ROLES.filter((role) => roles.includes(role))
    const rows = await this.#database.query<{ name: IndexName }>({
      text: `select name from unnest($1::text[]) as name
        where exists (select from unnest($2::text[]) as role
          where has_table_privilege(role, 'indexes.' || name, 'select'))`,
      values: [Object.keys(INDEXES), own],
    })
    return rows.map(({ name }) => name)
  }

  /**
   * A page of an index in the order of its key.
   * @throws Problem `forbidden` when none of the roles may read it, `invalid_request` for a filter or cursor that does
   *   not fit.
   */
  async read(roles: readonly string[], request: IndexRequest): Promise<IndexPage> {
    const digest = digestOf(request)
    const query = pageQuery(request, await this.columns(request.index), digest)
    return this.#asRole(roles, request.index, async (client, role) => {
      const { rows } = await client.query<Record<string, unknown>>(query.text, query.values)
      return pageOf(rows, request, digest, role)
    })
  }

  /**
   * The cursor that goes on after `request.limit` rows, without reading them; null when there are no more.
   * @throws like {@link read}.
   */
  async cursorAfter(roles: readonly string[], request: IndexRequest): Promise<string | null> {
    const digest = digestOf(request)
    const query = pageQuery(request, await this.columns(request.index), digest)
    return this.#asRole(roles, request.index, async (client) => {
      const text = `select page_key from (${query.text}) page offset ${request.limit - 1}`
      const { rows } = await client.query<{ page_key: string[] }>(text, query.values)
      return rows.length > 1 && rows[0] !== undefined ? encodeCursor(rows[0].page_key, digest) : null
    })
  }

  /** Pages of at most `pageRows` rows, up to `request.limit` in all; each is read when the one before is taken. */
  async *pages(roles: readonly string[], request: IndexRequest, pageRows: number): AsyncGenerator<readonly IndexRow[]> {
    let { cursor, limit } = request
    while (limit > 0) {
      const page = await this.read(roles, { ...request, cursor, limit: Math.min(limit, pageRows) })
      yield page.rows
      if (page.nextCursor === null) return
      cursor = page.nextCursor
      limit -= page.rows.length
    }
  }

  async #asRole<T>(
    roles: readonly string[],
    index: IndexName,
    work: (client: PgClient, role: BusinessRole) => Promise<T>,
  ): Promise<T> {
    try {
      return await this.#database.transaction(async (client) => {
        const role = await this.#roleFor(client, index, roles)
        await client.query(`set transaction read only`)
        await client.query(`set local role ${client.escapeIdentifier(role)}`)
        return await work(client, role)
      })
    } catch (error) {
      throw problemOf(error)
    }
  }

  /** The columns of an index, in the order of its view. */
  async columns(index: IndexName): Promise<readonly Column[]> {
    const known = this.#columns.get(index)
    if (known !== undefined) return known
    const columns = await this.#database.query<{ name: string; type: string }>({
      text: `select attname as name, format_type(atttypid, null) as type from pg_attribute
        where attrelid = to_regclass('indexes.' || $1) and attnum > 0 and not attisdropped order by attnum`,
      values: [index],
    })
    if (columns.length === 0)
      throw new Problem('unavailable', `there is no index ${index} yet: run npx fintech migrate`)
    this.#columns.set(index, columns)
    return columns
  }

  /** The role that sees most of those that may read it. @throws Problem `forbidden` when none may. */
  async #roleFor(client: PgClient, index: IndexName, roles: readonly string[]): Promise<BusinessRole> {
    const own = BUSINESS_ROLES.filter((role) => roles.includes(role))
    const { rows } = await client.query<{ role: BusinessRole }>(
      `select role from unnest($1::text[]) with ordinality as r (role, place)
       where has_table_privilege(role, 'indexes.' || $2::text, 'select') order by place limit 1`,
      [own, index],
    )
    const [found] = rows
    if (found === undefined) throw forbidden(index)
    return found.role
  }
}

const digestOf = ({ index, dateFrom, dateTo, filters }: IndexRequest): string =>
  queryDigest([index, dateFrom, dateTo, filters])

function pageQuery(request: IndexRequest, columns: readonly Column[], digest: string) {
  const { key }: IndexSpec = INDEXES[request.index]
  const values: unknown[] = []
  const parameter = (value: unknown, column: string): string => {
    values.push(value)
    return `$${values.length}::text::${typeOf(columns, column)}`
  }
  const conditions = [
    ...(request.dateFrom === undefined ? [] : [`business_date >= ${parameter(request.dateFrom, 'business_date')}`]),
    ...(request.dateTo === undefined ? [] : [`business_date <= ${parameter(request.dateTo, 'business_date')}`]),
    ...Object.entries(request.filters).map(([name, value]) => `${name} = ${parameter(value, name)}`),
  ]
  if (request.cursor !== undefined) {
    const after = decodeCursor(request.cursor, key.length, digest)
    conditions.push(`(${key.join(', ')}) > (${key.map((name, at) => parameter(after[at], name)).join(', ')})`)
  }
  values.push(request.limit + 1)
  const text = `select ${columns.map(selected).join(', ')}, array[${key.map((name) => `${name}::text`).join(', ')}] as page_key
    from indexes.${request.index}
    ${conditions.length === 0 ? '' : `where ${conditions.join(' and ')}`}
    order by ${key.join(', ')} limit $${values.length}`
  return { text, values }
}

/** How a column becomes JSON: no amount of money becomes a float on its way. */
function selected({ name, type }: Column): string {
  if (type.startsWith('numeric') || type === 'date') return `${name}::text as ${name}`
  if (type === 'bigint') return `${name}::double precision as ${name}`
  if (type.startsWith('timestamp')) {
    return `to_char(${name} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as ${name}`
  }
  return name
}

function typeOf(columns: readonly Column[], name: string): string {
  const column = columns.find((candidate) => candidate.name === name)
  if (column === undefined) throw new Error(`the index has no column ${name}`)
  return column.type
}

function pageOf(
  rows: readonly Record<string, unknown>[],
  { limit }: IndexRequest,
  digest: string,
  role: BusinessRole,
): IndexPage {
  const page = rows.slice(0, limit)
  const last = page.at(-1)
  const isMore = rows.length > limit && last !== undefined
  const nextCursor = isMore ? encodeCursor(last['page_key'] as string[], digest) : null
  return { rows: page.map(({ page_key: _, ...row }) => row), nextCursor, role }
}

function problemOf(error: unknown): unknown {
  return isState(error, FORBIDDEN)
    ? new Problem('forbidden', 'your role may not read this index', { cause: error })
    : error
}

const forbidden = (index: string): Problem =>
  new Problem('forbidden', `none of your roles may read ${index}: GET /v1/indexes lists those that you may`)
