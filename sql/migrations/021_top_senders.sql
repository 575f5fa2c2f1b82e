-- Completed transfers received, by receiver and sender: per UTC day, and all time. The counter adds to them, together with
-- how far it has read the log; the API reads.

do $$
begin
  if not exists (select from pg_roles where rolname = 'counter') then
    create role counter;
  end if;
end
$$;
alter role counter login;
-- It makes the partitions of further days, and drops those past their retention.
grant usage, create on schema serving to counter;

-- Amounts are US cents.
--
-- A row changes with every further transfer of its pair, and a change of an indexed column costs an entry in every index.
-- So the order is indexed by powers of two, which few transfers change; within one, the few rows that a reader meets are
-- sorted when they are read (docs/adr/0502-order-by-powers-of-two.md).
create table serving.top_senders (
  to_account_id uuid not null,
  from_account_id uuid not null,
  transaction_count bigint not null check (transaction_count > 0),
  amount_minor bigint not null check (amount_minor >= 0),
  count_power smallint not null generated always as (64 - position(B'1' in transaction_count::bit(64))) stored,
  amount_power smallint not null generated always as (
    case amount_minor when 0 then -1 else 64 - position(B'1' in amount_minor::bit(64)) end) stored,
  -- Query: the row of a pair, to add to it. The sender comes first, so that no reader takes this index for an order.
  primary key (from_account_id, to_account_id)
) with (fillfactor = 85);
-- Queries: a receiver's largest senders.
create index top_senders_by_amount on serving.top_senders (to_account_id, amount_power desc);
create index top_senders_by_count on serving.top_senders (to_account_id, count_power desc);

-- Partitions are days, made by the counter. Query: the rows of one receiver on a day.
create table serving.top_senders_daily (
  to_account_id uuid not null,
  from_account_id uuid not null,
  day date not null,
  transaction_count bigint not null check (transaction_count > 0),
  amount_minor bigint not null check (amount_minor >= 0),
  primary key (to_account_id, from_account_id, day)
) partition by range (day);

-- How far each partition of the log is counted, written with what it gave.
create table serving.top_senders_positions (
  partition integer primary key,
  topic_id text not null,
  next_offset bigint not null check (next_offset >= 0),
  -- Everything that the log held by then is counted.
  as_of timestamptz(3) not null,
  -- The newest event time; what is a duplicate horizon older is not counted.
  latest_event_at timestamptz(3),
  -- Whether only rows of a first snapshot have been seen, which may have any age.
  in_snapshot boolean not null
) with (fillfactor = 50);

-- Days before this one have been dropped.
create table serving.top_senders_retention (
  only_row boolean primary key default true check (only_row),
  first_day date not null
);

-- The ids of the transactions that were counted, 16 bytes each, by partition of the log and hour of the event: a
-- transaction sent again has the same hour. A reader wants all of them, once, at its start (docs/adr/0501-…).
create table serving.top_senders_counted (
  hour timestamptz not null,
  partition integer not null,
  ids bytea not null
);
alter table serving.top_senders_counted alter column ids set storage external;
-- Query: the hours beyond the horizon, to delete them.
create index top_senders_counted_hour on serving.top_senders_counted (hour);

do $$
declare
  name text;
begin
  foreach name in array array['top_senders', 'top_senders_daily', 'top_senders_positions', 'top_senders_retention',
    'top_senders_counted'] loop
    execute format('alter table serving.%I owner to counter', name);
    execute format('grant select on serving.%I to api, grafana', name);
  end loop;
end
$$;
grant usage on schema serving to grafana;
alter default privileges for role counter in schema serving grant select on tables to api, grafana;
