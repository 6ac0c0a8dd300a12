// What was read for the person who is signed in, as against what everybody sees alike, such as the catalogue: nothing of one person
// may be there for the next, however the one goes and the other comes.

import type { QueryClient } from '@tanstack/react-query'
import type { Sessions } from './session.ts'

export const isOfPerson = ({
  meta,
}: {
  readonly meta?: Record<string, unknown> | undefined
}): boolean => meta?.everybody !== true

/** What is in sight begins anew: its screen shows nothing until it is read for who is there now. */
function forgetPerson(queries: QueryClient, isSomebodyThere: boolean): void {
  queries.removeQueries({ predicate: isOfPerson, type: 'inactive' })
  const inSight = { predicate: isOfPerson, type: 'active' } as const
  if (isSomebodyThere) void queries.resetQueries(inSight)
  else for (const query of queries.getQueryCache().findAll(inSight)) query.reset()
}

/** Whoever is signed in is another one, or nobody: by their own hand, by the platform, or in another tab. */
export function forgetOnChange(sessions: Sessions, queries: QueryClient): void {
  const userNow = (): string | undefined => sessions.current()?.user.user_id
  let before = userNow()
  sessions.subscribe(() => {
    const now = userNow()
    if (now === before) return
    before = now
    forgetPerson(queries, now !== undefined)
  })
}
