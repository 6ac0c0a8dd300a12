-- People and their sessions. `email` and `display_name` are sealed values (f1.<key id>.<content>); the checks are there so
-- that no code of ours can ever write a plain one. `email_index` is a keyed hash: it says "the same address" and no more.

create table accounts.users (
  user_id       text primary key check (user_id ~ '^usr_'),
  email         text not null check (email ~ '^f\d+\.'),
  email_index   bytea not null constraint users_email_once unique,
  display_name  text not null check (display_name ~ '^f\d+\.'),
  password_hash text not null check (password_hash like '$argon2id$%'),
  region        text not null check (region ~ '^[A-Z]{2}$'),
  locale        text not null check (locale in ('ru', 'en')),
  tier          text not null default 'standard' check (tier in ('standard', 'plus')),
  roles         text[] not null check (roles <@ array['customer', 'operator', 'developer'] and cardinality(roles) > 0),
  created_at    timestamptz not null
);

-- One row a log-in; its id is the `sid` of the tokens.
create table accounts.sessions (
  session_id text primary key check (session_id ~ '^ses_'),
  user_id    text not null references accounts.users,
  started_at timestamptz not null,
  expires_at timestamptz not null check (expires_at > started_at)
);
create index sessions_by_user on accounts.sessions (user_id, started_at desc);
create index sessions_by_end on accounts.sessions (expires_at);
