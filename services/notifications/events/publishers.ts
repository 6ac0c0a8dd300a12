import { NotificationStatusUpdated } from '@rialto/contracts/notifications/events.ts'
import { isoInstant } from '@rialto/kernel/pure/time.ts'
import type { Tx } from '@rialto/kernel/service/tx.ts'
import type { MessageRow, Settled } from '../store.ts'

export const publishStatusUpdated = (
  tx: Tx,
  message: MessageRow,
  settled: Settled & { readonly state: 'sent' | 'failed' },
) =>
  tx.publish(NotificationStatusUpdated, {
    message_id: message.message_id,
    user_id: message.user_id,
    template: message.template,
    channel: message.channel,
    status: settled.state,
    ...(settled.reason === null ? {} : { reason: settled.reason }),
    ...(message.order_id === null ? {} : { order_id: message.order_id }),
    attempt_count: settled.attempts,
    updated_at: isoInstant(tx.ctx.now()),
  })
