-- The indexes of finance, risk and operations. The nightly batch replaces a day's rows of each in one transaction; the
-- index stream adds to fraud_index and ops_index as things happen. reconciliation/docs/INDEXES.md says what is in them.

do $$
begin
  if not exists (select from pg_roles where rolname = 'reconciliation') then
    create role reconciliation;
  end if;
end
$$;
alter role reconciliation login;

-- Dimensions of the indexes, and what the health checks read.
grant select on customers, accounts, merchants, transactions to reconciliation;
grant usage on schema analytics to reconciliation;
alter default privileges for role sink in schema analytics grant select on tables to reconciliation;
grant select on all tables in schema analytics to reconciliation;

create schema reconciliation authorization reconciliation;
set local role reconciliation;

create table reconciliation.runs (
  run_id text primary key,
  business_date date not null,
  started_at timestamptz(3) not null,
  published_at timestamptz(3) not null default now(),
  -- What the lake's next version names; set when it does not yet, so that a run that died in between is finished.
  lake_change jsonb,
  summary jsonb not null
);
create index runs_business_date on reconciliation.runs (business_date, published_at);

create table reconciliation.failures (
  failure_id bigint generated always as identity primary key,
  business_date date not null,
  failed_at timestamptz(3) not null default now(),
  code text not null,
  message text not null
);

create table reconciliation.reconciliation_index (
  entry_id text not null,
  business_date date not null,
  bank_id text not null,
  currency char(3) not null,
  direction text not null,
  status text not null check (status in ('MATCHED', 'AMOUNT_MISMATCH', 'MISSING_EXTERNAL', 'MISSING_INTERNAL',
    'DUPLICATE_EXTERNAL', 'LATE_SETTLEMENT', 'SPLIT', 'BATCHED')),
  reason text,
  rule text not null,
  confidence numeric(4, 2) not null,
  internal_amount numeric(18, 2),
  external_amount numeric(18, 2),
  difference numeric(18, 2) not null,
  transaction_id uuid,
  line_id text,
  bank_reference text,
  booking_date date,
  days_to_settle integer,
  line_count integer not null,
  transaction_count integer not null,
  primary key (business_date, entry_id)
);
-- Query: the breaks to work through, which are a few in a hundred.
create index reconciliation_index_breaks on reconciliation.reconciliation_index (business_date, status)
  where status <> 'MATCHED';

create table reconciliation.reconciliation_totals (
  business_date date not null,
  bank_id text not null,
  currency char(3) not null,
  status text not null,
  entry_count bigint not null,
  internal_amount numeric(18, 2) not null,
  external_amount numeric(18, 2) not null,
  difference numeric(18, 2) not null,
  primary key (business_date, bank_id, currency, status)
);

create table reconciliation.split_lines (
  business_date date not null,
  transaction_id uuid not null,
  line_id text not null,
  bank_id text not null,
  currency char(3) not null,
  bank_reference text not null,
  booking_date date not null,
  amount numeric(18, 2) not null,
  primary key (business_date, transaction_id, line_id)
);

create table reconciliation.merchant_index (
  business_date date not null,
  merchant_id uuid not null,
  merchant_name text,
  category text,
  country char(2),
  risk_level text,
  transaction_count bigint not null,
  volume_usd numeric(18, 2) not null,
  refund_count bigint not null,
  refund_usd numeric(18, 2) not null,
  refund_rate double precision not null,
  chargeback_count bigint not null,
  chargeback_usd numeric(18, 2) not null,
  chargeback_rate double precision not null,
  declined_count bigint not null,
  decline_rate double precision not null,
  mean_volume_usd_before numeric(18, 2),
  is_anomalous boolean not null,
  anomaly_reasons text not null,
  primary key (business_date, merchant_id)
);

create table reconciliation.user_spend_index (
  business_date date not null,
  customer_id uuid not null,
  merchant_category text not null,
  transaction_count bigint not null,
  spend_usd numeric(18, 2) not null,
  declined_count bigint not null,
  declines_of_day bigint not null,
  has_repeated_declines boolean not null,
  primary key (business_date, customer_id, merchant_category)
);

create table reconciliation.compliance_index (
  business_date date not null,
  transaction_id uuid not null,
  created_at timestamptz(3) not null,
  customer_id uuid not null,
  account_id uuid not null,
  transaction_type text not null,
  amount_usd numeric(18, 2) not null,
  amount numeric(18, 2) not null,
  currency char(3) not null,
  status text not null,
  country text,
  is_cross_border boolean not null,
  compliance_flags text not null,
  risk_level text not null,
  verdict text,
  fraud_score double precision,
  first_name text,
  last_name text,
  email text,
  phone text,
  date_of_birth date,
  address text,
  customer_country char(2),
  kyc_status text,
  customer_risk_score numeric(5, 2),
  primary key (business_date, transaction_id)
);

create table reconciliation.settlement_index (
  business_date date not null,
  merchant_id uuid not null,
  merchant_name text,
  payout_date date not null,
  currency char(3) not null,
  gross_usd numeric(18, 2) not null,
  refunds_usd numeric(18, 2) not null,
  chargebacks_usd numeric(18, 2) not null,
  fees_usd numeric(18, 2) not null,
  net_usd numeric(18, 2) not null,
  payout_status text not null check (payout_status in ('SCHEDULED', 'HELD')),
  primary key (business_date, merchant_id)
);
-- Query: the payouts to come.
create index settlement_index_payout_date on reconciliation.settlement_index (payout_date);

create table reconciliation.fraud_index (
  transaction_id uuid primary key,
  business_date date not null,
  event_time timestamptz(3) not null,
  customer_id uuid not null,
  account_id uuid,
  merchant_id uuid,
  transaction_type text,
  channel text,
  country text,
  status text,
  amount_usd numeric(18, 2) not null,
  verdict text not null,
  fraud_score double precision not null,
  evidence jsonb not null,
  rule_version text not null
);
-- Query: the latest, a page at a time.
create index fraud_index_page on reconciliation.fraud_index (business_date, transaction_id);

create table reconciliation.ops_index (
  minute timestamptz(3) primary key,
  business_date date not null,
  transaction_count bigint not null,
  completed_count bigint not null,
  pending_count bigint not null,
  failed_count bigint not null,
  declined_count bigint not null,
  malformed_count bigint not null,
  verdict_count bigint not null,
  -- From the change's commit in Postgres to its record in Kafka.
  latency_sum_ms bigint not null,
  latency_max_ms bigint not null,
  updated_at timestamptz(3) not null default now()
);
create index ops_index_page on reconciliation.ops_index (business_date, minute);

-- How far the index stream has read, written in the transaction of its rows.
create table reconciliation.index_offsets (
  topic text not null,
  partition integer not null,
  topic_id text not null,
  next_offset bigint not null,
  primary key (topic, partition)
);

grant usage on schema reconciliation to grafana;
grant select on reconciliation.runs, reconciliation.failures, reconciliation.reconciliation_totals,
  reconciliation.ops_index, reconciliation.merchant_index, reconciliation.settlement_index,
  reconciliation.reconciliation_index, reconciliation.fraud_index to grafana;

reset role;
