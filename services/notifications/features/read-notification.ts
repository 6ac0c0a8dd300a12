import { readNotification as route } from '@rialto/contracts/notifications/http.ts'
import { Problem } from '@rialto/kernel/pure/problem.ts'
import { isoInstant } from '@rialto/kernel/pure/time.ts'
import { feature, reply } from '@rialto/kernel/service/feature.ts'
import { problems } from '../errors.ts'
import { markRead } from '../store.ts'

export const readNotification = feature(route, {
  async act({ input, caller, tx, now }) {
    const { notification_id } = input.params
    const row = await tx.maybe(markRead(notification_id, caller.id, now))
    if (row === undefined) throw new Problem(problems.unknown_notification)
    return reply(200, { notification_id, read_at: isoInstant(row.read_at) })
  },
})
