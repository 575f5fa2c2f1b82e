-- Who and what transactions refer to. Rows here change rarely and are read by every writer, so foreign keys and
-- checks cost nothing that matters.

create table customers (
  customer_id uuid primary key,
  first_name text not null,
  last_name text not null,
  email text not null,
  phone text not null,
  date_of_birth date not null,
  address text not null,
  city text not null,
  country char(2) not null check (country ~ '^[A-Z]{2}$'),
  tier text not null check (tier in ('BASIC', 'PREMIUM', 'VIP', 'ENTERPRISE')),
  risk_score numeric(5, 2) not null check (risk_score between 0 and 100),
  credit_score smallint not null check (credit_score between 300 and 850),
  kyc_status text not null default 'VERIFIED' check (kyc_status in ('PENDING', 'VERIFIED', 'REJECTED')),
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now()
);

-- Balances change with the account's transactions. The free space of each page keeps such an update beside its row
-- (a HOT update), so it touches no index; for the same reason no index may ever include the balance.
create table accounts (
  account_id uuid primary key,
  customer_id uuid not null references customers,
  account_type text not null check (account_type in ('CHECKING', 'SAVINGS', 'CREDIT', 'BUSINESS')),
  status text not null default 'ACTIVE' check (status in ('ACTIVE', 'FROZEN', 'CLOSED')),
  currency char(3) not null check (currency ~ '^[A-Z]{3}$'),
  balance numeric(18, 2) not null default 0,
  credit_limit numeric(18, 2) not null default 0 check (credit_limit >= 0),
  interest_rate numeric(7, 4) not null default 0 check (interest_rate >= 0),
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now()
) with (fillfactor = 70);

-- Query: the accounts of one customer (console, generator start-up); also what the foreign key's own checks read.
create index accounts_customer_id on accounts (customer_id);

create table merchants (
  merchant_id uuid primary key,
  name text not null,
  business_type text not null,
  category text not null,
  mcc char(4) not null check (mcc ~ '^[0-9]{4}$'),
  address text not null,
  city text not null,
  country char(2) not null check (country ~ '^[A-Z]{2}$'),
  risk_level text not null default 'LOW' check (risk_level in ('LOW', 'MEDIUM', 'HIGH', 'CRITICAL')),
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now()
);
