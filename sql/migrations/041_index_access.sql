-- Who may read which index: one role per business function, one view per index. The API takes on the role of whoever
-- asks, so that Postgres decides and not the API's own code; reconciliation/docs/INDEXES.md has the table of who reads what.

do $$
declare
  name text;
begin
  foreach name in array array['fraud_analyst', 'finance', 'partnerships', 'marketing', 'compliance', 'treasury',
    'operations', 'admin'] loop
    if not exists (select from pg_roles where rolname = name) then
      execute format('create role %I nologin', name);
    end if;
    -- The API has nothing of theirs until it becomes one of them.
    execute format('grant %I to api with inherit false, set true', name);
  end loop;
end
$$;

create schema indexes;
grant usage on schema indexes to api, fraud_analyst, finance, partnerships, marketing, compliance, treasury, operations,
  admin;

-- A view reads with its owner's rights, so a reader needs none on the tables behind it.
create view indexes.reconciliation_index as
  select business_date, entry_id, bank_id, currency, direction, status, reason, rule, confidence, internal_amount,
    external_amount, difference, transaction_id, line_id, bank_reference, booking_date, days_to_settle, line_count,
    transaction_count
  from reconciliation.reconciliation_index;

create view indexes.reconciliation_totals as
  select business_date, bank_id, currency, status, entry_count, internal_amount, external_amount, difference
  from reconciliation.reconciliation_totals;

create view indexes.split_lines as
  select business_date, transaction_id, line_id, bank_id, currency, bank_reference, booking_date, amount
  from reconciliation.split_lines;

create view indexes.merchant_index as
  select business_date, merchant_id, merchant_name, category, country, risk_level, transaction_count, volume_usd,
    refund_count, refund_usd, refund_rate, chargeback_count, chargeback_usd, chargeback_rate, declined_count,
    decline_rate, mean_volume_usd_before, is_anomalous, anomaly_reasons
  from reconciliation.merchant_index;

create view indexes.user_spend_index as
  select business_date, customer_id, merchant_category, transaction_count, spend_usd, declined_count, declines_of_day,
    has_repeated_declines
  from reconciliation.user_spend_index;

create view indexes.settlement_index as
  select business_date, merchant_id, merchant_name, payout_date, currency, gross_usd, refunds_usd, chargebacks_usd,
    fees_usd, net_usd, payout_status
  from reconciliation.settlement_index;

create view indexes.fraud_index as
  select business_date, transaction_id, event_time, customer_id, account_id, merchant_id, transaction_type, channel,
    country, status, amount_usd, verdict, fraud_score, evidence, rule_version
  from reconciliation.fraud_index;

create view indexes.ops_index as
  select business_date, minute, transaction_count, transaction_count / 60.0::double precision as transactions_per_second,
    completed_count, pending_count, failed_count, declined_count, malformed_count, verdict_count,
    case when transaction_count = 0 then 0 else declined_count::double precision / transaction_count end as decline_rate,
    case when transaction_count + malformed_count = 0 then 0
      else (failed_count + malformed_count)::double precision / (transaction_count + malformed_count) end as error_rate,
    case when transaction_count = 0 then null else latency_sum_ms::double precision / transaction_count end
      as latency_mean_ms,
    latency_max_ms, updated_at
  from reconciliation.ops_index;

-- Compliance sees who a customer is; whoever else may see that there is one, sees no more than tells two apart.
-- The question is asked once a query. current_user is the role of whoever asks, also inside a view.
create view indexes.compliance_index as
  select i.business_date, i.transaction_id, i.created_at, i.customer_id, i.account_id, i.transaction_type, i.amount_usd,
    i.amount, i.currency, i.status, i.country, i.is_cross_border, i.compliance_flags, i.risk_level, i.verdict,
    i.fraud_score,
    case when may.see then i.first_name else left(i.first_name, 1) || '***' end as first_name,
    case when may.see then i.last_name else left(i.last_name, 1) || '***' end as last_name,
    case when may.see then i.email else left(i.email, 1) || '***@***' end as email,
    case when may.see then i.phone else '***' || right(i.phone, 2) end as phone,
    case when may.see then i.date_of_birth else date_trunc('year', i.date_of_birth)::date end as date_of_birth,
    case when may.see then i.address end as address,
    i.customer_country, i.kyc_status, i.customer_risk_score
  from reconciliation.compliance_index i
  cross join lateral (select current_user in ('compliance', 'admin') as see) may;

grant select on indexes.fraud_index, indexes.compliance_index to fraud_analyst;
grant select on indexes.reconciliation_index, indexes.reconciliation_totals, indexes.split_lines,
  indexes.settlement_index to finance;
grant select on indexes.merchant_index to partnerships;
grant select on indexes.user_spend_index to marketing;
grant select on indexes.compliance_index, indexes.fraud_index, indexes.user_spend_index to compliance;
grant select on indexes.settlement_index, indexes.reconciliation_totals to treasury;
grant select on indexes.ops_index to operations;
grant select on all tables in schema indexes to admin;
