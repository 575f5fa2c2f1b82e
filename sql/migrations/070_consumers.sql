-- What consumers keep beside their rows. Each table of offsets has the same columns: how far a partition of a topic was read,
-- of which topic of that name, and in which epoch of the leader, by which a log that was cut short is known.

alter table serving.top_senders_positions
  add column topic text not null default 'fintech.transactions',
  add column leader_epoch integer,
  add column committed_at timestamptz(3) not null default now(),
  alter column as_of set default 'epoch',
  alter column in_snapshot set default true,
  drop constraint top_senders_positions_pkey,
  add primary key (topic, partition);

-- A sum of legal amounts may leave the range of a bigint. The power is that of the largest one from there on: rows of one
-- power are sorted when they are read.
alter table serving.top_senders drop column amount_power;
alter table serving.top_senders alter column amount_minor type numeric;
alter table serving.top_senders add column amount_power smallint not null generated always as (
  case amount_minor when 0 then -1
    else 64 - position(B'1' in least(amount_minor, 9223372036854775807)::bigint::bit(64)) end) stored;
create index top_senders_by_amount on serving.top_senders (to_account_id, amount_power desc);
alter table serving.top_senders_daily alter column amount_minor type numeric;

set local role reconciliation;

alter table reconciliation.index_offsets
  add column leader_epoch integer,
  add column committed_at timestamptz(3) not null default now(),
  -- Whether only rows of a first snapshot have been seen, which may have any age.
  add column in_snapshot boolean not null default true;
update reconciliation.index_offsets set in_snapshot = false;

-- The transactions that ops_index has counted, for as long as one could be sent again.
create table reconciliation.ops_counted (
  transaction_id uuid primary key,
  committed_at timestamptz(3) not null
);
-- Query: the newest, and those that are old enough to be forgotten.
create index ops_counted_committed_at on reconciliation.ops_counted (committed_at);

reset role;
