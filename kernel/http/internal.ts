// Who comes through the internal door: one of our services for itself, by its token in Authorization; or the gateway for
// somebody, by its own token beside the Authorization that the somebody sent. A user's token alone opens nothing here, and what
// the gateway passes on is never the gateway's: a request from outside cannot gain a service's rights on its way.

import type { Verifier } from '../auth/verifier.ts'
import { Problem } from '../pure/problem.ts'
import { anonymous } from '../service/context.ts'
import { kernelProblems } from '../service/problems.ts'
import { type Authenticate, isForeign } from './server.ts'

/** Header with the token of the service that passes a request on. */
export const FORWARDED_BY = 'x-service-token'
/** The only service that may speak for others. */
const GATEWAY = 'gateway'

export interface InternalVerifiers {
  /** Accepts `internal` tokens only. */
  readonly services: Verifier
  /** Accepts `public` tokens only. */
  readonly people: Verifier
}

/** Makes the authentication of the internal door. */
export const internalAuthentication =
  ({ services, people }: InternalVerifiers): Authenticate =>
  async (headers, route) => {
    const forwarder = headers[FORWARDED_BY]
    if (forwarder === undefined) {
      const caller = await services.authenticate(headers)
      if (caller.kind !== 'service') throw new Problem(kernelProblems.unauthenticated)
      return caller
    }
    const { id } = await services.verify(forwarder)
    if (id !== GATEWAY) throw new Problem(kernelProblems.forbidden)
    return isForeign(route) ? anonymous : people.authenticate(headers)
  }
