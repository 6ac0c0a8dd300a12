// Which of the store's queries an event makes old. What an event of a kind not known here changes is not guessed: everything
// about its order is read again.

import type { LiveEvent } from '../../ui/live/socket.ts'

type Keys = readonly (readonly unknown[])[]

export function affectedBy({ event, data }: LiveEvent): Keys {
  const order = typeof data.order_id === 'string' ? data.order_id : undefined
  const ofOrder: Keys =
    order === undefined
      ? []
      : [
          ['order', order],
          ['payments', order],
          ['notices', 'of', order],
        ]
  if (event.startsWith('order.')) return [...ofOrder, ['orders']]
  if (event.startsWith('payment.')) return [...ofOrder, ['receipt'], ['methods']]
  if (event.startsWith('library.')) return [...ofOrder, ['library']]
  if (event.startsWith('notification.')) return [...ofOrder, ['notices']]
  return [...ofOrder, ['receipt'], ['library'], ['notices'], ['orders']]
}
