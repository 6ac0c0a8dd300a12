import type { AnyRoute } from '@rialto/kernel/pure/contract.ts'
import type { Feature } from '@rialto/kernel/service/feature.ts'
import { listNotifications } from './features/list-notifications.ts'
import {
  addPushSubscription,
  removePushSubscription,
  showPushKey,
} from './features/push-subscriptions.ts'
import { readNotification } from './features/read-notification.ts'

export const features: Feature<AnyRoute>[] = [
  listNotifications,
  readNotification,
  showPushKey,
  addPushSubscription,
  removePushSubscription,
]
