import { UserSessionEnded } from '@rialto/contracts/accounts/events.ts'
import { on } from '@rialto/kernel/service/service.ts'
import type { Parts } from '../../config.ts'
import { insertEndedSessions } from '../../store.ts'

/** In a group of its own, because nobody lingers with it. */
export const userSessionEnded = on<typeof UserSessionEnded, {}, Parts>(UserSessionEnded, {
  group: 'gateway-sessions',
  onDeath: 'skip',
  act: async ({ event, tx, parts }) => {
    const { user_id, session_ids, ended_at } = event.data
    const endedAtMs = Date.parse(ended_at)
    tx.write(insertEndedSessions(user_id, session_ids, endedAtMs))
    tx.onCommit(() =>
      parts.sessions.commit(
        session_ids.map((session_id) => ({ session_id, user_id, ended_at: endedAtMs })),
      ),
    )
  },
})
