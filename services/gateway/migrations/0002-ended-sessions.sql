-- Sessions that were ended before their time, for as long as an access token of theirs may still be shown.

create table gateway.ended_sessions (
  session_id text primary key,
  user_id    text not null,
  ended_at   timestamptz not null
);
create index ended_sessions_by_time on gateway.ended_sessions (ended_at);
