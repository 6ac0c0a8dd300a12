-- Who handled the events of a run, kept with its final verdict. 0001 has this read from the inbox whenever somebody asks; but the inbox
-- forgets after 31 days, and from then on every consumption of a finished purchase was missing. What the inbox still knows counts too.
alter table observer.flows add column handled jsonb;

-- Runs that were judged while it was not kept, as far back as the inbox goes.
update observer.flows set judged_at = null, next_at = now()
 where judged_at is not null and first_at > now() - interval '31 days';
