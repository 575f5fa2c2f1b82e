-- One role per program, each with what that program does and no more. The runner sets their passwords from the
-- environment after the migrations, every time, so that a password can change without one.

do $$
declare
  name text;
begin
  foreach name in array array['transaction_writer', 'generator', 'debezium', 'sink', 'api', 'grafana'] loop
    -- Roles belong to the cluster: another database of it may have made them already.
    if not exists (select from pg_roles where rolname = name) then
      execute format('create role %I', name);
    end if;
  end loop;
end
$$;

alter role generator login;
alter role debezium login replication;
alter role sink login;
alter role api login;
alter role grafana login;

-- The write path of a transaction, the generator's and the API's alike.
grant select on customers, accounts, merchants, transactions, fraud_alerts, customer_sessions, market_data
  to transaction_writer;
grant insert on transactions, account_balances, fraud_alerts, outbox to transaction_writer;
grant update (balance, status, updated_at) on accounts to transaction_writer;
grant update (status) on fraud_alerts to transaction_writer;
grant transaction_writer to generator, api;

-- The generator also makes the world that transactions happen in, and knows which of them are fraud.
grant insert, update on customers, accounts, merchants, customer_sessions to generator;
grant insert on market_data, fraud_labels to generator;
grant select on fraud_labels to generator;

grant select on customers, accounts, transactions, merchants, fraud_alerts, account_balances, customer_sessions,
  outbox, connector_heartbeats to debezium;
grant insert, update on connector_heartbeats to debezium;
grant execute on function outbox_expire(integer) to debezium;

-- The sink makes its tables from the jobs' declarations; everybody who shows results may read all of them.
create schema analytics authorization sink;
grant usage on schema analytics to generator, api, grafana;
alter default privileges for role sink in schema analytics grant select on tables to generator, api, grafana;

-- The API's own views of the streams, such as top senders.
create schema serving authorization api;

-- Dashboards show what happens, not who people are.
grant select on accounts, merchants, transactions, fraud_alerts, account_balances, customer_sessions, market_data,
  connector_heartbeats to grafana;
grant select (customer_id, country, city, tier, risk_score, credit_score, kyc_status, created_at) on customers
  to grafana;
