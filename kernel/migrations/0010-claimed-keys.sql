-- Takes an idempotency key or fails, so that what follows in the transaction need not wait to hear that the key is ours: behind
-- a failure PostgreSQL does none of it. Who fails asks idem_begin for the answer, in a transaction of its own.
create function kernel.idem_claim(p_scope text, p_key text, p_route text, p_hash bytea) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  if (select b.outcome from kernel.idem_begin(p_scope, p_key, p_route, p_hash) b) <> 'fresh' then
    raise exception 'the idempotency key has an answer, or is at work' using errcode = 'RI001';
  end if;
end $$;
revoke all on function kernel.idem_claim(text, text, text, bytea) from public;
grant execute on function kernel.idem_claim(text, text, text, bytea) to rialto_services;
