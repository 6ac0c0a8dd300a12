// Statements on pg-boss's rows that its interface has no call for. They name its columns, so its version is pinned and the
// tests beside this file fail when an upgrade moves them. Each is conditional on the state it expects: a row that another
// process has claimed meanwhile is left alone, because settling somebody else's run would lose it.

import { rawSql, type Sql, sql } from '../db/sql.ts'

/** Seconds for which an immediate run may be silent before another process takes its job. */
export const IMMEDIATE_LEASE_SECONDS = 5

/** Ends a job for good, inside the transaction that holds its result. */
export const endJob = (name: string, id: string): Sql =>
  sql`delete from pgboss.job where name = ${name} and id = ${id}`

/** Ends an immediate run that settled nothing itself. */
export const END_IMMEDIATE = `delete from pgboss.job where name = $1 and id = $2 and state = 'created'`

/** Keeps other processes off the jobs that run here. */
export const RENEW_IMMEDIATE = `update pgboss.job set start_after = pgboss.job_now() + $2 * interval '1 s'
  where id = any($1::uuid[]) and state = 'created'`

/** Hands a failed immediate run to the queue; `started_on` makes the next fetch count as the second attempt. */
export const HAND_OVER = `update pgboss.job set started_on = pgboss.job_now(),
    start_after = pgboss.job_now() + $3 * interval '1 s', output = $4::jsonb, retry_limit = retry_limit + $5
  where name = $1 and id = $2 and state = 'created'`

/** Before a failure is settled: how long to wait, and whether the attempt counts. */
export const BEFORE_RETRY = `update pgboss.job set retry_delay = $3, retry_limit = retry_limit + $4
  where name = $1 and id = $2 and state = 'active'`

/** Services enqueue and settle inside their own transactions, so their roles need these rights and no more. */
// One process at a time: two that grant the same at once fail with "tuple concurrently updated".
export const GRANTS = `do $$ begin
  perform pg_advisory_xact_lock(hashtext('pgboss grants'));
  if exists (select from pg_catalog.pg_roles where rolname = 'rialto_services') then
    grant usage on schema pgboss to rialto_services;
    grant select on pgboss.queue to rialto_services;
    grant select, insert, delete on pgboss.job, pgboss.job_common to rialto_services;
  end if;
end $$`

const names = new Map<string, string>()

/** Text from pg-boss as a prepared statement: its insert is 2 KB and the same for every job of a queue. */
export function prepared(text: string, values: readonly unknown[]): Sql {
  let name = names.get(text)
  if (name === undefined) {
    name = `pgboss${names.size + 1}`
    names.set(text, name)
  }
  return { ...rawSql(text, values), name }
}
