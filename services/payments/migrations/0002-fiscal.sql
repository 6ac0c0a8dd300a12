-- Fiscal receipts (54-FZ): one for every capture and one for every refund. The states are those of
-- contracts/payments/receipt-states.ts; a test compares the lists.
-- The buyer's address is not kept here: accounts is asked for it when the document is sent.

create table payments.receipts (
  receipt_id                text primary key check (receipt_id ~ '^rcp_'),
  payment_id                text not null references payments.payments,
  order_id                  text not null,
  user_id                   text not null,
  kind                      text not null check (kind in ('sale', 'refund')),
  cause_id                  text not null,            -- the payment, or the refund: a cause has one receipt
  state                     text not null constraint receipts_state_check check (state in
                              ('pending', 'fiscalized_success', 'failed')),
  amount_minor              bigint not null check (amount_minor > 0),
  currency                  text not null check (currency = 'RUB'),
  items                     jsonb not null,           -- empty: no document can be made of the lines, and a person has to look
  -- The document at the register is called <receipt_id>-<attempt>. A repeat under the same name is the same document; only when
  -- the register has said that a document will never be one does the next attempt begin.
  attempt                   int not null default 1,
  sends                     int not null default 0,   -- under this name; committed before each call
  register_uuid             text unique,
  tries                     int not null default 0,   -- troubles since the beginning
  polls                     int not null default 0,   -- looks at the accepted document that found it waiting
  error                     text,
  failure_told              boolean not null default false,
  -- When it is looked at next, and the name of the present claim: who holds another value acts no more.
  next_at                   timestamptz,
  fn_number                 text,
  fiscal_document_number    text,
  fiscal_document_attribute text,
  qr                        text,
  receipt_url               text,
  registered_at             timestamptz,
  created_at                timestamptz not null,
  unique (kind, cause_id),
  check ((state = 'fiscalized_success') = (fn_number is not null))
);
create index receipts_by_payment on payments.receipts (payment_id);
create index receipts_due on payments.receipts (next_at) where next_at is not null;
