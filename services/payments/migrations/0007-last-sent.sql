-- When an operation was last sent again; null: it was not, or by the version before. What a late repeat made is searched around here.

alter table payments.operations add column last_sent_at timestamptz;
