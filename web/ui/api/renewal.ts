// The renewal of a session. The platform takes a refresh token a second time only within 20 s, for a client whose answer was lost;
// later it is taken for stolen and ends the session. So a renewal that hangs is given up early and asked for once more at once: both
// together are sooner than that.

import { refreshSession } from '@rialto/contracts/accounts/http.ts'
import type { Api } from './client.ts'
import { asFailure } from './failure.ts'
import type { Renew } from './session.ts'

const TIMEOUT_MS = 8_000

export function renewalBy(api: Api, timeoutMs: number = TIMEOUT_MS): Renew {
  return async (refreshToken) => {
    const ask = () =>
      api.call(refreshSession, { body: { refresh_token: refreshToken } }, { timeoutMs })
    try {
      return await ask().catch((error: unknown) => {
        if (asFailure(error)?.isPassing === true) return ask()
        throw error
      })
    } catch (error) {
      if (asFailure(error)?.problem.status === 401) return undefined
      throw error
    }
  }
}
