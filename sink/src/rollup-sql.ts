import { type Rollup } from './rollups.ts'

/**
 * How rollups stay exact. `analytics.rolled_buckets` names the buckets whose rollup is that of their results. Whatever
 * writes to a result table takes the buckets it touches off that list, in the same transaction, by a trigger; reading
 * computes buckets that are not on it from the results. So a rollup is never behind and never ahead, and writing a
 * result costs no more than looking for a bucket that is nearly never there. `analytics.roll_up` puts buckets on the list
 * some minutes after their last result. It is for the one writer of the tables: another one's uncommitted rows would be
 * missing.
 */

const SETTLED_AFTER = "interval '10 minutes'"

/** The bucket that a time is in. Buckets are aligned to the epoch, in UTC. */
const bucketOf = ({ bucket }: Rollup, time: string): string =>
  `date_bin(interval '1 ${bucket}', ${time}, timestamptz 'epoch')`

const step = ({ bucket }: Rollup): string => `interval '1 ${bucket}'`

const columnsOf = ({ by, values }: Rollup): string[] => ['bucket', ...Object.keys(by), ...Object.keys(values)]

const named = (columns: Readonly<Record<string, string>>): string[] =>
  Object.entries(columns).map(([name, expression]) => `${expression} as ${name}`)

/** The rows of one bucket, out of the results; `start` is the bucket's. */
function computed(rollup: Rollup, start: string): string {
  const { of, apart, by, values } = rollup
  const from = `analytics.${of}${apart === undefined ? '' : `, ${apart}`}`
  const keys = Object.values(by)
  return (
    `select ${[`${start} as bucket`, ...named(by), ...named(values)].join(', ')} from ${from}` +
    ` where window_start >= ${start} and window_start < ${start} + ${step(rollup)} group by ${keys.join(', ')}`
  )
}

/** For all rollups: the list of buckets that are rolled up. */
export const ROLLED_BUCKETS_SQL: readonly string[] = [
  `create table if not exists analytics.rolled_buckets (
    source text, rollup text, bucket timestamptz, bucket_end timestamptz not null,
    primary key (source, bucket, rollup))`,
  `create table if not exists analytics.rollups (name text primary key, definition text not null)`,
]

/** Creates a rollup. One whose declaration changed is dropped and rebuilt. */
export function rollupSql(rollup: Rollup): string[] {
  const { name, of, by } = rollup
  const table = `analytics.${name}_rolled`
  const create =
    `create table ${table} as ${computed(rollup, "timestamptz 'epoch'")} with no data; ` +
    `alter table ${table} add primary key (${['bucket', ...Object.keys(by)].join(', ')})`
  const definition = JSON.stringify(rollup)
  return [
    `do $make$
    begin
      if not exists (select from analytics.rollups where name = '${name}' and definition = $def$${definition}$def$) then
        drop table if exists ${table} cascade;
        delete from analytics.rolled_buckets where rollup = '${name}';
        ${create};
        insert into analytics.rollups (name, definition) values ('${name}', $def$${definition}$def$)
          on conflict (name) do update set definition = excluded.definition;
      end if;
    end
    $make$`,
    readFunction(rollup),
    rollUpFunction(rollup),
    ...triggers(of),
  ]
}

/** Rows of all buckets that overlap the range. */
function readFunction(rollup: Rollup): string {
  const { name } = rollup
  const columns = columnsOf(rollup)
  const table = `analytics.${name}_rolled`
  const isRolled = `from analytics.rolled_buckets as listed where listed.source = '${rollup.of}' and listed.rollup = '${name}'`
  const first = bucketOf(rollup, 'since')
  return `create or replace function analytics.${name}(since timestamptz, until timestamptz)
    returns setof ${table} language sql stable parallel safe as $read$
    select ${columns.map((column) => `rolled.${column}`).join(', ')}
    from ${table} as rolled
    where rolled.bucket between ${first} and until
      and exists (select ${isRolled} and listed.bucket = rolled.bucket)
    union all
    select ${columns.map((column) => `missing.${column}`).join(', ')}
    from generate_series(${first}, until, ${step(rollup)}) as open (start)
      cross join lateral (${computed(rollup, 'open.start')}) as missing
    where not exists (select ${isRolled} and listed.bucket = open.start)
  $read$`
}

/** Rolls up the oldest buckets that are settled and not on the list, at most `buckets_max`. */
function rollUpFunction(rollup: Rollup): string {
  const { name, of } = rollup
  const table = `analytics.${name}_rolled`
  return `create or replace function analytics.roll_up_${name}(buckets_max integer) returns integer
    language plpgsql as $roll$
    declare
      oldest timestamptz;
      settled timestamptz;
      open_bucket timestamptz;
      done integer := 0;
    begin
      select ${bucketOf(rollup, 'min(window_start)')}, max(window_start) - ${SETTLED_AFTER}
        into oldest, settled from analytics.${of};
      -- Of results that are gone.
      delete from ${table} where bucket < oldest;
      delete from analytics.rolled_buckets where source = '${of}' and rollup = '${name}' and bucket < oldest;
      for open_bucket in
        select start
        from generate_series(oldest, settled - ${step(rollup)}, ${step(rollup)}) as each (start)
        where not exists (
          select from analytics.rolled_buckets where source = '${of}' and rollup = '${name}' and bucket = start)
        order by start
        limit buckets_max
      loop
        delete from ${table} where bucket = open_bucket;
        insert into ${table} (${columnsOf(rollup).join(', ')}) ${computed(rollup, 'open_bucket')};
        insert into analytics.rolled_buckets (source, rollup, bucket, bucket_end)
          values ('${of}', '${name}', open_bucket, open_bucket + ${step(rollup)});
        done := done + 1;
      end loop;
      return done;
    end
  $roll$`
}

/** Whatever changes results takes their buckets off the list. */
function triggers(table: string): string[] {
  const name = `unroll_${table}`
  const on = (event: string, referencing: string, rows: string): string[] => [
    `create or replace function analytics.${name}_${event}() returns trigger language plpgsql as $unroll$
    declare
      first timestamptz;
      last timestamptz;
    begin
      select min(window_start), max(window_start) into first, last from ${rows};
      delete from analytics.rolled_buckets
        where source = '${table}' and bucket > first - interval '1 day' and bucket <= last and bucket_end > first;
      return null;
    end
    $unroll$`,
    `create or replace trigger ${name}_${event} after ${event} on analytics.${table} referencing ${referencing}
      for each statement execute function analytics.${name}_${event}()`,
  ]
  return [
    ...on('insert', 'new table as written', 'written'),
    // The time is part of the key, so an update does not move a result to another bucket.
    ...on('update', 'new table as written', 'written'),
    ...on('delete', 'old table as gone', 'gone'),
  ]
}

/** Rolls up at most `buckets_max` buckets of each rollup; returns how many. */
export function rollUpAllSql(rollups: readonly Rollup[]): string {
  const sum = ['0', ...rollups.map(({ name }) => `analytics.roll_up_${name}(buckets_max)`)].join(' + ')
  return `create or replace function analytics.roll_up(buckets_max integer) returns integer
    language sql as $all$ select ${sum} $all$`
}
