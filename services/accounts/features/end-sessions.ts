// Sessions end by their owner's word, and are forgotten some time after their end.

import { logOut as route } from '@rialto/contracts/accounts/http.ts'
import { DAY } from '@rialto/kernel/pure/time.ts'
import { feature, reply } from '@rialto/kernel/service/feature.ts'
import { type JobRun, job } from '@rialto/kernel/service/service.ts'
import type { Parts } from '../config.ts'
import { publishSessionsEnded } from '../events/publishers.ts'
import { deleteSessions, deleteSpentTokens, endSession, endSessionsOf } from '../store.ts'

/** Ending what has ended is no mistake: two tabs log out. */
export const logOut = feature<typeof route, {}, Parts>(route, {
  act: async ({ tx, input, caller, parts, now }) => {
    const everywhere = input.body.everywhere === true
    const reason = everywhere ? 'logged_out_everywhere' : 'logged_out'
    const own = { sessionId: caller.session ?? '', userId: caller.id }
    const ended = everywhere ? endSessionsOf(caller.id, reason, now) : endSession(own, reason, now)
    publishSessionsEnded(tx, caller.id, { sessions: await tx.many(ended), reason })
    parts.session.dropWith(tx, caller.id)
    return reply(204, null)
  },
})

/** So long the client of an ended session is told that it has ended, and not that its token is unknown. */
const REMEMBERED_MS = DAY
/** So long an old token is known as one that was used. */
const SPENT_KEPT_MS = 30 * DAY
const BATCH = 1_000
const BATCHES_MAX = 50

async function sweep({ unit, now }: JobRun<undefined, Parts>): Promise<void> {
  for (const statement of [
    () => deleteSessions(now - REMEMBERED_MS, BATCH),
    () => deleteSpentTokens(now - SPENT_KEPT_MS, BATCH),
  ])
    for (let batch = 0; batch < BATCHES_MAX; batch++)
      if ((await unit((tx) => tx.run(statement()))) < BATCH) break
}

export const sweepSessions = job<undefined, Parts>({
  name: 'accounts.sweep-sessions',
  everySeconds: 600,
  run: sweep,
})
