import { inBatches } from '@rialto/kernel/service/service.ts'
import type { Parts } from '../../config.ts'
import { pushedEvents, pushOf } from '../../push/told.ts'
import { insertPushes } from '../../store.ts'

/**
 * Nearly all that a push costs is its transaction, the platform's and PostgreSQL's CPU together: 0.5 ms alone, 0.19 ms for each of
 * three, 0.07 ms of ten, 0.02 ms of a hundred. A fifth of a second is not noticed in a page, and most of what happens to one
 * order happens within it, on the same lane.
 */
const LINGER_MS = 200

export const pushed = inBatches<{}, Parts>({
  group: 'gateway',
  events: pushedEvents,
  lingerMs: LINGER_MS,
  act: async ({ events, tx, parts }) => {
    const pushes = events.flatMap((event) => pushOf(event) ?? [])
    if (pushes.length === 0) return
    tx.write(insertPushes(pushes))
    tx.onCommit(() => parts.pushes.wake(new Set(pushes.map((push) => push.userId))))
  },
})
