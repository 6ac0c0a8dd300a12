-- Sessions live as long as they are refreshed. Of a refresh token lies here its SHA-256 only; a spent one also has the salt from
-- which, together with the token itself, its successor is made once more.

alter table accounts.users add column email_verified_at timestamptz;

alter table accounts.sessions
  add column ended_at timestamptz,
  add column end_reason text
    check (end_reason in ('logged_out', 'logged_out_everywhere', 'refresh_reused', 'password_reset')),
  add constraint sessions_end_has_reason check ((ended_at is null) = (end_reason is null));
create index sessions_by_early_end on accounts.sessions (ended_at) where ended_at is not null;

create table accounts.refresh_tokens (
  hash       bytea primary key check (length(hash) = 32),
  session_id text not null references accounts.sessions on delete cascade,
  issued_at  timestamptz not null,
  spent_at   timestamptz,
  salt       bytea check (length(salt) = 32),
  check ((spent_at is null) = (salt is null))
);
create index refresh_tokens_by_session on accounts.refresh_tokens (session_id);
-- A session has one token that is good.
create unique index refresh_tokens_good_once on accounts.refresh_tokens (session_id) where spent_at is null;
create index refresh_tokens_by_use on accounts.refresh_tokens (spent_at) where spent_at is not null;
