// The states of a message. One mail is one `notification`; what a browser is sent beside it has the same states under a name
// of its own, because the documents draw one message a fact.

import { machine } from '@rialto/kernel/pure/states.ts'

const next = { queued: ['sent', 'failed'], sent: [], failed: [] } as const

export const notificationStates = machine({ name: 'notification', initial: 'queued', next })
export const pushNotificationStates = machine({
  name: 'push_notification',
  initial: 'queued',
  next,
})

export type NotificationState = keyof typeof next
