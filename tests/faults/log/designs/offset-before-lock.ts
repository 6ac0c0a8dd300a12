// The lock is taken, but after the offset was drawn: whoever waited for the lock commits a lower offset than was read already.

import { plantedLog } from './log.ts'

export const offsetBeforeLock = plantedLog(
  'offset-before-lock',
  `create or replace function bus.append_one(t smallint, p smallint, q oid, i uuid, k text, y text, v smallint, s text,
     o timestamptz, h jsonb, d jsonb) returns bigint[] language plpgsql as $$
   declare drawn constant bigint := nextval(q::regclass);
   begin
     -- A process that is descheduled between the two statements, made frequent.
     perform pg_sleep(random() * 0.05);
     perform pg_advisory_xact_lock(1380073472 + t, p);
     insert into bus.log (topic, part, off, event_id, key, type, version, source, occurred_at, headers, data)
       values (t, p, drawn, i, k, y, v, s, o, h, d);
     return null;
   end $$`,
)
