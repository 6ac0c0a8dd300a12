-- What was notified is forgotten in two steps: first the body, which can name a payer's card, then the row, which only keeps copies apart
-- and shows operators what came. Whatever is not due yet is not looked at.

create index webhook_inbox_with_body on payments.webhook_inbox (received_at) where body <> '';
create index webhook_inbox_without_body on payments.webhook_inbox (received_at) where body = '';
