-- The API only reads what it serves: a hole in it can neither change a count nor make a token. So the schema belongs to
-- the owner of the database, and the program that counts has a role of its own.
alter schema serving owner to current_user;
grant usage on schema serving to api;

-- Bearer tokens. Of the secret, 256 random bits, only a SHA-256 is kept.
create table serving.tokens (
  id text primary key check (id ~ '^[0-9a-f]{12}$'),
  name text not null check (length(name) between 1 and 64),
  roles text[] not null check (cardinality(roles) > 0),
  secret_sha256 bytea not null check (length(secret_sha256) = 32),
  created_at timestamptz(3) not null default now(),
  expires_at timestamptz(3),
  revoked_at timestamptz(3)
);
grant select on serving.tokens to api;
