-- A notification that was received is read by the process that received it, right after its commit. The row is all that is owed:
-- when its claim is over and it is still `received`, a sweep takes it. It goes on in the record of the request that brought it.
-- The default is for processes of the version before, which write rows without a claim.

alter table payments.webhook_inbox
  add column next_at     timestamptz not null default now() + interval '15 s',
  add column attempts    int not null default 0,   -- that failed; to be kept from reading need not be anybody's failure
  add column correlation text,
  add column cause       text,
  add column flow        text;
create index webhook_inbox_due on payments.webhook_inbox (next_at) where state = 'received';
