-- Business events, written in the transaction of what they tell about and streamed by their own connector.
--
-- The table is a ring of 24 partitions, one per UTC hour of created_at, whatever the day: every time has a partition
-- at any moment, so no insert fails for want of one and nothing has to be created ahead. outbox_expire() empties the
-- hours that are past (docs/adr/0101-outbox-is-a-ring-of-hours.md says why so).
create table outbox (
  id uuid not null,
  aggregate_type text not null,
  aggregate_id text not null,
  -- The last part of a topic's name: no dots and no dashes, which would collide in metric names.
  event_type text not null check (event_type ~ '^[a-z][a-z0-9_]*$'),
  payload jsonb not null check (jsonb_typeof(payload) = 'object'),
  -- When the event was written, not the event time of what it tells about: that is in the payload.
  created_at timestamptz(3) not null default now()
) partition by list ((extract(hour from created_at at time zone 'UTC')));

create schema outbox_hours;

do $$
begin
  for hour in 0..23 loop
    execute format('create table outbox_hours.h%s partition of outbox (primary key (id)) for values in (%s)',
      to_char(hour, 'FM00'), hour);
  end loop;
end
$$;

-- Empties every hour of the ring but the current one, the next (a writer's clock may be ahead) and the `keep_hours`
-- before. Truncating a partition locks nothing that a writer of the current hour needs; one that somebody reads right
-- now is left for the next call. Returns how many partitions it emptied.
create function outbox_expire(keep_hours integer) returns integer
  language plpgsql security definer
  set search_path = outbox_hours, pg_temp
  set lock_timeout = '100ms'
as $$
declare
  now_hour constant integer := extract(hour from now() at time zone 'UTC');
  hour_partition text;
  has_rows boolean;
  emptied integer := 0;
begin
  if keep_hours not between 1 and 21 then
    raise exception 'keep_hours is %, expected 1 to 21', keep_hours;
  end if;
  for hours_ahead in 2..(23 - keep_hours) loop
    hour_partition := 'h' || to_char((now_hour + hours_ahead) % 24, 'FM00');
    execute format('select exists (select from %I)', hour_partition) into has_rows;
    if has_rows then
      begin
        execute format('truncate %I', hour_partition);
        emptied := emptied + 1;
      exception when lock_not_available then
        raise notice 'outbox hour % is in use, left for the next call', hour_partition;
      end;
    end if;
  end loop;
  return emptied;
end
$$;
revoke execute on function outbox_expire(integer) from public;
