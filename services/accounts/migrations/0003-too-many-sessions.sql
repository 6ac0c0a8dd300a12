-- An account has so many sessions and no more: a log-in ends the oldest beyond them.

alter table accounts.sessions
  drop constraint sessions_end_reason_check,
  add constraint sessions_end_reason_check
    check (end_reason in ('logged_out', 'logged_out_everywhere', 'refresh_reused', 'password_reset', 'too_many'));
