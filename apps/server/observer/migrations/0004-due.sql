-- A run is due at `next_at`, and null says that only something new can change its verdict. One that waits for a person was judged again
-- after every quarter of its age, 26 times until its order expired; now it is judged once, and again when something comes for it.
-- `judged_at` is when it was judged last.
alter table observer.flows alter column next_at drop not null, alter column next_at drop default;
update observer.flows set next_at = null where judged_at is not null or diagram is null;
drop index observer.flows_to_judge;
create index flows_due on observer.flows (next_at) where next_at is not null;
