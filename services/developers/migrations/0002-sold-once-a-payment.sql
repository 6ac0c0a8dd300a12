-- An order that was changed while it was paid is paid again: the first payment's sale is taken back by its refund, and the second sells
-- the same lines. What is booked once is therefore a line of a payment.

alter table developers.entries drop constraint entries_pkey, add primary key (order_id, line_id, cause, payment_id);
