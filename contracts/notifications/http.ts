import { route } from '@rialto/kernel/pure/contract.ts'
import Type from 'typebox'
import { closed, id, instant, oneOf, page } from '../shapes/fields.ts'
import { notificationProblems } from './problems.ts'

const PEOPLE = ['customer', 'operator', 'developer'] as const
const locale = oneOf('ru', 'en')

export const Notification = closed({
  notification_id: id('ntf'),
  /** What it tells of: a template's name, or an order's event. */
  kind: Type.String(),
  title: Type.String(),
  text: Type.String(),
  order_id: Type.Optional(id('ord')),
  created_at: instant,
  read_at: Type.Optional(instant),
  /** What became of its mail; only where one order is asked for, and only of what is mailed. */
  mail: Type.Optional(
    closed({ status: oneOf('queued', 'sent', 'failed'), settled_at: Type.Optional(instant) }),
  ),
})

export const listNotifications = route({
  name: 'listNotifications',
  service: 'notifications',
  method: 'GET',
  path: '/notifications',
  summary:
    'What the caller was told, newest first, in the language asked for or the account’s own; of one order, all that happened.',
  access: PEOPLE,
  query: closed({ ...page, locale: Type.Optional(locale), order_id: Type.Optional(id('ord')) }),
  replies: {
    200: closed({
      items: Type.Array(Notification),
      unread: Type.Integer({ minimum: 0, description: 'How many are not read; 100 means more.' }),
      next_cursor: Type.Optional(Type.String()),
    }),
  },
})

export const readNotification = route({
  name: 'readNotification',
  service: 'notifications',
  method: 'POST',
  path: '/notifications/:notification_id/read',
  summary: 'Marks one of the caller’s notifications as read; a second time changes nothing.',
  access: PEOPLE,
  params: closed({ notification_id: id('ntf') }),
  replies: { 200: closed({ notification_id: id('ntf'), read_at: instant }) },
  problems: [notificationProblems.unknown_notification],
})

export const getPushKey = route({
  name: 'getPushKey',
  service: 'notifications',
  method: 'GET',
  path: '/notifications/push-key',
  summary: 'The key with which a browser subscribes to push messages (VAPID, RFC 8292).',
  access: 'public',
  replies: { 200: closed({ public_key: Type.String() }) },
})

/** As a browser's `PushSubscription.toJSON()` is. */
const PushSubscription = closed({
  endpoint: Type.String({ minLength: 10, maxLength: 2048, pattern: '^https?://[^\\s]+$' }),
  expirationTime: Type.Optional(Type.Union([Type.Number(), Type.Null()])),
  keys: closed({
    p256dh: Type.String({ minLength: 1, maxLength: 200 }),
    auth: Type.String({ minLength: 1, maxLength: 100 }),
  }),
})

/** Takes no Idempotency-Key: the kept hash of its body would be one of a secret, and an endpoint is kept once anyway. */
export const addPushSubscription = route({
  name: 'addPushSubscription',
  service: 'notifications',
  method: 'POST',
  path: '/notifications/push-subscriptions',
  summary: 'Sends the caller’s messages to this browser too.',
  access: PEOPLE,
  body: PushSubscription,
  replies: { 201: closed({ subscription_id: id('psh') }) },
  problems: [notificationProblems.push_service_not_allowed, notificationProblems.push_key_invalid],
})

export const removePushSubscription = route({
  name: 'removePushSubscription',
  service: 'notifications',
  method: 'DELETE',
  path: '/notifications/push-subscriptions/:subscription_id',
  summary: 'Sends nothing more to that browser.',
  access: PEOPLE,
  params: closed({ subscription_id: id('psh') }),
  replies: { 204: Type.Null() },
  problems: [notificationProblems.unknown_push_subscription],
})
