-- What happens: append-only facts, written at thousands a second. Two things keep that cheap: no foreign keys from
-- here (each one would lock a shared customer, account or merchant row per insert), and no index without a query.

create table transactions (
  -- Queries: idempotent writes (insert ... on conflict), joins with labels and verdicts.
  transaction_id uuid primary key,
  customer_id uuid not null,
  account_id uuid not null,
  to_account_id uuid,
  merchant_id uuid,
  transaction_type text not null check (transaction_type in (
    'PURCHASE', 'PAYMENT', 'TRANSFER', 'WIRE_TRANSFER', 'WITHDRAWAL', 'DEPOSIT', 'REFUND', 'CHARGEBACK')),
  amount numeric(18, 2) not null check (amount >= 0),
  currency char(3) not null,
  fx_rate numeric(18, 8) not null default 1 check (fx_rate > 0),
  amount_usd numeric(18, 2) not null check (amount_usd >= 0),
  fee_amount numeric(18, 2) not null default 0 check (fee_amount >= 0),
  status text not null check (status in ('COMPLETED', 'PENDING', 'FAILED', 'DECLINED')),
  channel text check (channel in ('MOBILE', 'WEB', 'ATM', 'POS', 'BRANCH')),
  merchant_category text,
  mcc char(4),
  transaction_location jsonb,
  is_cross_border boolean not null default false,
  device_fingerprint text,
  ip_address inet,
  risk_score numeric(5, 2) not null default 0,
  risk_level text not null check (risk_level in ('LOW', 'MEDIUM', 'HIGH', 'CRITICAL')),
  compliance_flags text[] not null default '{}',
  original_transaction_id uuid,
  created_at timestamptz(3) not null default now(),
  constraint transfers_have_a_receiver check (
    (transaction_type in ('TRANSFER', 'WIRE_TRANSFER')) = (to_account_id is not null)),
  constraint reversals_name_their_original check (
    original_transaction_id is null or transaction_type in ('REFUND', 'CHARGEBACK'))
);

-- Queries: a time range (dashboards, the nightly lake). Rows arrive nearly in time order, so a block range index of a
-- few pages does what a B-tree would, at almost no cost to an insert.
create index transactions_created_at on transactions using brin (created_at) with (autosummarize = on);

-- A delete then carries the whole row, so its change record keeps its customer and stays in the customer's partition.
-- Inserts, which are all that a normal run does, write no more WAL for it.
alter table transactions replica identity full;

create table account_balances (
  balance_id bigint generated always as identity primary key,
  account_id uuid not null,
  transaction_id uuid,
  balance numeric(18, 2) not null,
  available_balance numeric(18, 2) not null,
  pending_debits numeric(18, 2) not null default 0 check (pending_debits >= 0),
  pending_credits numeric(18, 2) not null default 0 check (pending_credits >= 0),
  recorded_at timestamptz(3) not null default now()
);

-- Query: a time range. The balance of an account now is in accounts; nothing reads one account's history row by row.
create index account_balances_recorded_at on account_balances using brin (recorded_at) with (autosummarize = on);

create table fraud_alerts (
  alert_id uuid primary key,
  transaction_id uuid not null,
  customer_id uuid not null,
  alert_type text not null,
  severity text not null check (severity in ('LOW', 'MEDIUM', 'HIGH', 'CRITICAL')),
  confidence_score numeric(4, 3) not null check (confidence_score between 0 and 1),
  rules_triggered text[] not null default '{}',
  status text not null default 'OPEN' check (status in ('OPEN', 'INVESTIGATING', 'CONFIRMED', 'DISMISSED')),
  created_at timestamptz(3) not null default now()
);

-- Query: the latest alerts (dashboards, console). One alert in hundreds of transactions: a B-tree costs nothing.
create index fraud_alerts_created_at on fraud_alerts (created_at);

create table customer_sessions (
  session_id uuid primary key,
  customer_id uuid not null references customers,
  channel text not null check (channel in ('MOBILE', 'WEB', 'ATM', 'POS', 'BRANCH')),
  device_type text,
  device_fingerprint text,
  ip_address inet,
  location jsonb,
  actions_count integer not null default 0 check (actions_count >= 0),
  started_at timestamptz(3) not null default now(),
  ended_at timestamptz(3),
  check (ended_at >= started_at)
);

create table market_data (
  symbol text not null,
  kind text not null check (kind in ('FX', 'STOCK', 'INDEX', 'CRYPTO')),
  price numeric(18, 8) not null check (price > 0),
  change numeric(18, 8) not null default 0,
  volume numeric(20, 2) check (volume >= 0),
  market_cap numeric(20, 2) check (market_cap >= 0),
  recorded_at timestamptz(3) not null default now(),
  -- Query: the latest price of a symbol.
  primary key (symbol, recorded_at)
);

-- Which transactions the generator made fraudulent. No connector streams it: it measures the rules, it must not feed
-- them.
create table fraud_labels (
  transaction_id uuid primary key,
  typology text not null
);
