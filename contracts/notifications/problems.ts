import { problems } from '@rialto/kernel/pure/problem.ts'

export const notificationProblems = problems('notifications', {
  unknown_notification: [
    404,
    'There is no such notification among yours',
    'Check the id, or list them with GET /notifications.',
  ],
  unknown_push_subscription: [
    404,
    'There is no such push subscription among yours',
    'Nothing is sent to it; there is nothing left to do.',
  ],
  push_service_not_allowed: [
    400,
    'Messages are not sent to this address',
    'Send the subscription exactly as the browser’s PushManager gave it.',
  ],
  push_key_invalid: [
    400,
    'The keys of the subscription are not usable',
    'Send `p256dh` and `auth` exactly as the browser’s PushManager gave them.',
  ],
})
