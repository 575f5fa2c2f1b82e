-- What each connector may see. The connectors' own heartbeats are part of every publication: a change that reaches a
-- slot even while only other tables change lets the slot's position advance, so old WAL can go.

do $$
begin
  if current_setting('wal_level') <> 'logical' then
    raise exception 'wal_level is %, change data capture needs logical', current_setting('wal_level')
      using hint = 'set wal_level = logical (docker/postgres/postgresql.conf has all settings) and restart Postgres';
  end if;
end
$$;

create table connector_heartbeats (
  connector text primary key,
  beat_at timestamptz(3) not null
);

create publication fintech_main for table
  customers, accounts, transactions, merchants, fraud_alerts, connector_heartbeats
  with (publish = 'insert, update, delete');

-- Changes of a partition appear as changes of outbox itself. Truncating an expired hour is nobody's business.
create publication fintech_outbox for table outbox, connector_heartbeats
  with (publish = 'insert, update', publish_via_partition_root = true);

create publication fintech_analytics for table account_balances, customer_sessions, connector_heartbeats
  with (publish = 'insert, update, delete');
