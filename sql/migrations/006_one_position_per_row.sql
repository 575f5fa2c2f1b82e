-- COPY writes the rows of a page as one WAL record, so they share one position. Debezium remembers a position, not a
-- row: a connector that stops between two of them goes on after the last and leaves the others out. A row trigger makes
-- Postgres insert row by row, whoever writes. (INSERT always does.)
create function one_position_per_row() returns trigger language plpgsql as $$
begin
  return new;
end
$$;

do $$
declare
  name regclass;
begin
  foreach name in array array[
    'customers', 'accounts', 'transactions', 'merchants', 'fraud_alerts', 'account_balances', 'customer_sessions', 'outbox'
  ]::regclass[] loop
    execute format('create trigger one_position_per_row before insert on %s for each row
      execute function one_position_per_row()', name);
  end loop;
end
$$;
