import { event } from '@rialto/kernel/pure/contract.ts'
import Type from 'typebox'
import { id, instant, oneOf, open } from '../shapes/fields.ts'

export const NotificationStatusUpdated = event({
  type: 'notification.message.status.updated.v1',
  source: 'notifications',
  key: 'user_id',
  summary: 'A message reached its channel, or will never do.',
  data: open({
    message_id: id('msg'),
    user_id: id('usr'),
    template: Type.String(),
    channel: oneOf('email', 'push'),
    status: oneOf('sent', 'failed'),
    /** Why it failed: `recipient_gone`, `rejected`, `undeliverable`. */
    reason: Type.Optional(Type.String()),
    order_id: Type.Optional(id('ord')),
    attempt_count: Type.Integer({ minimum: 1 }),
    updated_at: instant,
  }),
})
