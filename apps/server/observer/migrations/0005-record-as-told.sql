-- What was recorded is kept as the text it came as, and only read again as a whole: taking it apart for jsonb and putting it together
-- again was 0.9 of an order's 22 CPU-ms.
drop view observer.interactions;
alter table observer.records alter column interactions type json using interactions::json;

-- An interaction a row, for whoever looks by hand. One that came again in another batch stands here twice.
create view observer.interactions as
  select r.flow, i.id, i.parent, i."from" as from_name, i."to" as to_name, i.kind, i.name, i.at as at_ms, i.seq, i.outcome,
         i.attempt, i.payload
    from observer.records r
   cross join lateral json_to_recordset(r.interactions) as i(id text, parent text, "from" text, "to" text, kind text, name text,
         at float8, seq int, outcome text, attempt int, payload jsonb);
