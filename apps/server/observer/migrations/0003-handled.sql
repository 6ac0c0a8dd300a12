-- Who handled the events of a run, kept with its final verdict. 0001 has this read from the inbox whenever somebody asks; but the inbox
-- forgets after 31 days, and from then on every consumption of a finished purchase was missing. What the inbox still knows counts too.
alter table observer.flows add column handled jsonb;

-- Runs that were judged while it was not kept, as far back as the inbox surely goes until they are. They are due within 20 hours, the oldest
-- first, whose days are dropped next: were they all due now, every new run would wait behind them.
update observer.flows set judged_at = null, next_at = now() + (first_at - (now() - interval '30 days')) / 36
 where judged_at is not null and first_at > now() - interval '30 days';
