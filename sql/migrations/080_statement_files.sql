-- What became of every file and line of the banks; and sums that no legal amount overflows: a sum of numeric(18, 2) ends at
-- a thousand of the largest amounts. A view keeps the type of its columns, so those of changed tables are made again.

drop view indexes.reconciliation_index, indexes.reconciliation_totals, indexes.merchant_index, indexes.user_spend_index,
  indexes.settlement_index;

set local role reconciliation;

-- The statuses are one list in the programs, and a night that finds another one publishes nothing.
alter table reconciliation.reconciliation_index
  drop constraint reconciliation_index_status_check,
  alter column external_amount type numeric(28, 2),
  alter column difference type numeric(28, 2);

alter table reconciliation.reconciliation_totals
  alter column internal_amount type numeric(28, 2),
  alter column external_amount type numeric(28, 2),
  alter column difference type numeric(28, 2);

alter table reconciliation.merchant_index
  alter column volume_usd type numeric(28, 2),
  alter column refund_usd type numeric(28, 2),
  alter column chargeback_usd type numeric(28, 2),
  alter column mean_volume_usd_before type numeric(28, 2);

alter table reconciliation.user_spend_index alter column spend_usd type numeric(28, 2);

alter table reconciliation.settlement_index
  alter column gross_usd type numeric(28, 2),
  alter column refunds_usd type numeric(28, 2),
  alter column chargebacks_usd type numeric(28, 2),
  alter column fees_usd type numeric(28, 2),
  alter column net_usd type numeric(28, 2);

create table reconciliation.statement_files (
  -- SHA-256 of the content.
  file_id text primary key,
  name text not null,
  -- The day that it is of; of a refused file the day on which it was refused.
  business_date date not null,
  -- Whose statements are in it, with commas.
  bank_ids text not null,
  first_day date not null,
  last_day date not null,
  is_refused boolean not null,
  -- Every line of the file is in one of these.
  taken_count integer not null,
  rejected_count integer not null,
  known_count integer not null,
  unbooked_count integer not null,
  line_count integer not null generated always as (taken_count + rejected_count + known_count + unbooked_count) stored,
  -- Why it was refused, or what is wrong with one that was taken.
  problem text,
  ingested_at timestamptz(3) not null
);
-- Query: the newest, a page at a time.
create index statement_files_page on reconciliation.statement_files (business_date, file_id);

create table reconciliation.rejected_lines (
  file_id text not null references reconciliation.statement_files on delete cascade,
  line_number integer not null,
  bank_id text not null,
  reason text not null,
  -- As it stands in the file.
  line text not null,
  primary key (file_id, line_number)
);

-- Query: whether a late statement has been told of.
create index failures_of_day on reconciliation.failures (business_date, code);

grant select on reconciliation.statement_files to grafana;

reset role;

create view indexes.reconciliation_index as
  select business_date, entry_id, bank_id, currency, direction, status, reason, rule, confidence, internal_amount,
    external_amount, difference, transaction_id, line_id, bank_reference, booking_date, days_to_settle, line_count,
    transaction_count
  from reconciliation.reconciliation_index;

create view indexes.reconciliation_totals as
  select business_date, bank_id, currency, status, entry_count, internal_amount, external_amount, difference
  from reconciliation.reconciliation_totals;

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

create view indexes.statement_files as
  select business_date, file_id, name, bank_ids, first_day, last_day, is_refused, line_count, taken_count,
    rejected_count, known_count, unbooked_count, problem, ingested_at
  from reconciliation.statement_files;

create view indexes.rejected_lines as
  select f.business_date, l.file_id, f.name, l.line_number, l.bank_id, l.reason, l.line
  from reconciliation.rejected_lines l
  join reconciliation.statement_files f on f.file_id = l.file_id;

grant select on indexes.reconciliation_index, indexes.reconciliation_totals, indexes.settlement_index to finance;
grant select on indexes.merchant_index to partnerships;
grant select on indexes.user_spend_index to marketing, compliance;
grant select on indexes.settlement_index, indexes.reconciliation_totals to treasury;
grant select on indexes.statement_files, indexes.rejected_lines to finance;
grant select on indexes.statement_files to operations;
grant select on all tables in schema indexes to admin;
