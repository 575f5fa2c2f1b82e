import { RESULTS } from '@fintech-streams/contracts'
import { describe, expect, test } from 'vitest'
import { pruneSql, type ResultDeclaration, sinkTables, tableSql, upsertSql } from './tables.ts'

const spec: ResultDeclaration = {
  key: ['customer_id', 'window_start'],
  fields: { customer_id: 'id', window_start: 'time', total: 'money', average: 'money?', by_type: 'distribution' },
}
const [table] = sinkTables(new Map([['some_metrics', spec]]))

test('there is a table for each result, for late and for malformed records, named like its topic’s last part', () => {
  const tables = sinkTables(new Map(Object.entries(RESULTS)))
  expect(tables.map(({ name }) => name)).toEqual([...Object.keys(RESULTS), 'late', 'dead_letter'])
  expect(tables[0]).toMatchObject({ topic: 'fintech.analytics.fraud_detection', key: ['transaction_id'] })
  expect(tables.at(-2)?.topic).toBe('fintech.late')
  for (const { key, fields } of tables) expect(Object.keys(fields)).toEqual(expect.arrayContaining([...key]))
})

describe('tableSql', () => {
  test('makes the declared columns, the key and an index on time', () => {
    const [create, ...rest] = tableSql(table!)
    expect(create).toBe(
      'create table if not exists analytics."some_metrics" ("customer_id" uuid not null, ' +
        '"window_start" timestamptz(3) not null, "total" numeric not null, "average" numeric, ' +
        '"by_type" jsonb not null, primary key ("customer_id", "window_start"))',
    )
    expect(rest.at(-1)).toBe(
      'create index if not exists "some_metrics_window_start" on analytics."some_metrics" ("window_start")',
    )
  })

  test('adds columns that an older table lacks, nullable for its old rows', () => {
    expect(tableSql(table!)).toContain('alter table analytics."some_metrics" add column if not exists "total" numeric')
  })

  test('indexes the event time of results that have no window', () => {
    const tables = sinkTables(new Map(Object.entries(RESULTS)))
    const indexes = tables.map((of) => tableSql(of).at(-1))
    expect(indexes).toContainEqual(expect.stringContaining('on analytics."fraud_detection" ("event_time")'))
    expect(indexes).toContainEqual(expect.stringContaining('on analytics."dead_letter" ("timestamp")'))
    expect(indexes.every((sql) => sql?.startsWith('create index'))).toBe(true)
  })

  test('indexes late records by their event time: a window they may not have', () => {
    const late = sinkTables(new Map()).find(({ name }) => name === 'late')
    expect(tableSql(late!).at(-1)).toContain('on analytics."late" ("event_time")')
  })

  test('indexes what is asked of verdicts beside their time', () => {
    const [verdicts] = sinkTables(new Map([['fraud_detection', RESULTS.fraud_detection]]))
    const indexes = tableSql(verdicts!).filter((sql) => sql.startsWith('create index'))
    expect(indexes).toHaveLength(3)
    expect(indexes).toContainEqual(expect.stringContaining('(customer_id, event_time)'))
  })

  test('quotes names, whatever they are', () => {
    const odd = { key: ['order'], fields: { order: 'text', 'a"b': 'text' } } as const
    expect(tableSql(sinkTables(new Map([['odd', odd]]))[0]!)[0]).toContain(
      '("order" text not null, "a""b" text not null',
    )
  })
})

test('pruneSql deletes from every table by its time', () => {
  const tables = sinkTables(new Map(Object.entries(RESULTS)))
  const sql = pruneSql(tables)
  for (const { name } of tables) expect(sql).toContain(`delete from analytics."${name}" where`)
  expect(sql).toContain('least(max("event_time"), now())')
  expect(sql).toContain('order by "timestamp" limit rows_max')
})

describe('upsertSql', () => {
  test('replaces all but the key of a row that is there', () => {
    expect(upsertSql(table!)).toBe(
      'insert into analytics."some_metrics" ("customer_id", "window_start", "total", "average", "by_type") ' +
        'select "customer_id", "window_start", "total", "average", "by_type" ' +
        'from json_to_recordset($1::json) as record ("customer_id" uuid, "window_start" timestamptz(3), ' +
        '"total" numeric, "average" numeric, "by_type" jsonb) ' +
        'on conflict ("customer_id", "window_start") do update set "total" = excluded."total", ' +
        '"average" = excluded."average", "by_type" = excluded."by_type"',
    )
  })

  test('leaves a row that is nothing but its key', () => {
    const [only] = sinkTables(new Map([['only', { key: ['id'], fields: { id: 'id' } }]]))
    expect(upsertSql(only!)).toMatch(/on conflict \("id"\) do nothing$/)
  })
})
