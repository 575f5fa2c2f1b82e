-- Which programs are connected, and since when: what the console tells of those that have no metrics port of their own.
-- pg_stat_activity shows the API's role no more of other roles' connections than that they are there, and their queries
-- are nobody's business; so a function of the owner gives this much and no more.
create function serving.connected_programs()
  returns table (program text, connections bigint, connected_since timestamptz)
  language sql stable security definer
  set search_path = pg_catalog, pg_temp
as $$
  select application_name, count(*), min(backend_start)
  from pg_stat_activity
  where datname = current_database() and application_name <> ''
  group by application_name
$$;
revoke execute on function serving.connected_programs() from public;
grant execute on function serving.connected_programs() to api;
