// What should be at its end once everything has come to rest, and is not (I12).

import { POISON } from '../people/operator.ts'
import type { Rule } from './rows.ts'

export const UNFINISHED: readonly Rule[] = [
  [
    'dead letter',
    `select grp || ' ' || key as id, error as what from bus.parked where dead_at is not null and key not like '${POISON}%'`,
  ],
  [
    'I12 order past its time',
    `select order_id as id, status as what from orders.orders where status = 'completed'
        or (status = 'pending_payment' and expires_at <= clock_timestamp())`,
  ],
  [
    'I12 payment of an order that has ended',
    `select p.payment_id as id, p.status as what from payments.payments p join orders.orders o using (order_id)
      where o.status <> 'pending_payment' and p.status not in ('completed', 'failed', 'canceled')`,
  ],
  [
    'I12 operation without a result',
    `select o.operation_id as id, o.state as what from payments.operations o join payments.payments p using (payment_id)
      where o.state in ('init', 'sent', 'unknown')
         or (o.state = 'pending' and p.status in ('completed', 'failed', 'canceled'))`,
  ],
  [
    'I12 refund without a result',
    `select refund_id as id, state as what from payments.refunds where state <> 'succeeded'`,
  ],
  [
    'I12 receipt not registered',
    `select receipt_id as id, state as what from payments.receipts where state <> 'fiscalized_success'`,
  ],
  [
    'I12 message not sent',
    `select message_id as id, state || ' ' || coalesce(answer, '') as what from notifications.messages where state <> 'sent'`,
  ],
  [
    'I12 notification not read',
    `select inbox_id as id, state as what from payments.webhook_inbox where state = 'received'`,
  ],
  [
    'I12 key at work for ever',
    `select key as id, state as what from kernel.idempotency where state = 'running'`,
  ],
  [
    'I12 job not done',
    `select name as id, state::text as what from pgboss.job where state <> 'completed'`,
  ],
  [
    // Of money that came too late a person is told, though it has gone back by itself.
    'review that nobody caused',
    `select v.subject as id, v.reason as what from payments.reviews v where v.resolved_at is null
        and not (v.reason = 'late_money' and exists (
          select from payments.refunds r where r.payment_id = v.payment_id and r.cause = 'late' and r.state = 'succeeded'))`,
  ],
]
