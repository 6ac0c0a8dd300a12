-- What failed gave nothing back: a person may do it at the provider, and that is a refund of its own. By itself late money is still
-- asked back once: whoever asks looks for a refund in any state.

drop index payments.refunds_late_once;
create unique index refunds_late_once on payments.refunds (payment_id) where cause = 'late' and state <> 'failed';
