-- What no reader can count is refused where it is written, whoever writes it: to Postgres NaN is larger than any number and
-- infinity later than any time, so checks such as `amount >= 0` take them. Times are those that ISO-8601 spells with four
-- digits of a year, as the wire does. Lists are plain lists.
--
-- `not valid` leaves rows alone that are there already: they are dead letters, and the audit names them.

do $$
declare
  found record;
begin
  for found in
    select c.relname as table_name, a.attname as column_name, format(case t.typname
        when 'numeric' then '%1$I <> ''NaN'''
        when 'timestamptz' then '%1$I between ''0001-01-01Z'' and ''9999-12-31T23:59:59.999Z'''
        when 'date' then '%1$I between ''0001-01-01'' and ''9999-12-31'''
        when '_text' then 'coalesce(array_ndims(%1$I), 1) = 1 and array_position(%1$I, null) is null'
      end, a.attname) as bound
    from pg_class c
    join pg_attribute a on a.attrelid = c.oid and a.attnum > 0
    join pg_type t on t.oid = a.atttypid
    where c.oid = any(array['customers', 'accounts', 'merchants', 'transactions', 'account_balances', 'fraud_alerts',
        'customer_sessions', 'market_data']::regclass[])
      and t.typname in ('numeric', 'timestamptz', 'date', '_text')
  loop
    execute format('alter table %I add constraint %I check (%s) not valid',
      found.table_name, found.table_name || '_' || found.column_name || '_is_bounded', found.bound);
  end loop;
end
$$;

-- A long text is stored apart, and an update that leaves it as it is does not repeat it in the log: Debezium then knows only
-- a placeholder, which compaction would make the text's last version. The whole old row has it. (transactions has it, too.)
alter table customers replica identity full;
alter table accounts replica identity full;
alter table merchants replica identity full;
alter table fraud_alerts replica identity full;
alter table customer_sessions replica identity full;

-- While it has a row whose time is not over, somebody writes history, or is about to: everybody else waits with transactions
-- of now, which would make the rest of the history late. The time is what a writer that dies leaves behind.
create table history_lease (
  only_row boolean primary key default true check (only_row),
  until timestamptz(3) not null
);
grant select on history_lease to transaction_writer;
grant insert, update, delete on history_lease to generator;
