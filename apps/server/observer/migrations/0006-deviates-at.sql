-- Since when a run is told as one that deviates. Alarms went by when it began, so that what went wrong later than a day after, such as
-- money that did not go back, was never told.
alter table observer.flows add column deviates_at timestamptz;
update observer.flows set deviates_at = judged_at where verdict = 'deviates';
create index flows_by_deviation on observer.flows (deviates_at) where deviates_at is not null;

-- How many interactions arrived together, so that what is too much to be judged is known without reading it. Null, of what was recorded
-- before, counts as none.
alter table observer.records add column size int;
