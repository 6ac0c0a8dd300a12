// A sign-out by its person's own hand. It is done as soon as it is asked for: whoever leaves a machine does not wait for an answer, and
// that the platform cannot be told keeps nobody signed in.

import { logOut } from '@rialto/contracts/accounts/http.ts'
import type { Api } from './client.ts'
import type { Sessions } from './session.ts'

export interface Leaving {
  readonly api: Api
  readonly sessions: Sessions
}

/** Forgets the session here, then ends it at the platform; settled once that was tried. */
export async function leave({ api, sessions }: Leaving): Promise<void> {
  const session = sessions.current()
  sessions.signOut()
  if (session === undefined) return
  try {
    const token = await sessions.tokenOf(session)
    if (token !== undefined) await api.call(logOut, { body: {} }, { token })
  } catch {
    // It ends by itself in time, and nobody here has its tokens any more.
  }
}
