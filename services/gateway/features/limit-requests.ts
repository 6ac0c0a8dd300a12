// How often one address and one account may ask. The address is counted before the token is looked at and the account before the
// body is read, so that a refusal costs next to nothing. Where processes share their counts, the limits are those of all gateways
// together.

import { logIn, registerUser, resetPassword } from '@rialto/contracts/accounts/http.ts'
import { clientKey, type Limits } from '@rialto/kernel/http/limits.ts'
import type { HttpApp } from '@rialto/kernel/http/server.ts'
import type { AnyRoute } from '@rialto/kernel/pure/contract.ts'
import { kernelProblems } from '@rialto/kernel/service/problems.ts'
import type { GatewayConfig } from '../config.ts'

const WINDOW_S = 60

/**
 * The monitoring asks these, from one address, and most of all when the platform is in trouble. They cost next to nothing: what is
 * behind them is looked at once a second, and the figures are not there for others.
 */
const UNCOUNTED = new Set(['/health/live', '/health/ready', '/metrics'])

/** Where passwords are tried or set. What keeps people signed in is not: many share an address, and one of them could stop it. */
const SIGN_INS = new Set([logIn, registerUser, resetPassword].map((route) => route.path))

type Kind = 'none' | 'address' | 'signIns' | 'webhooks'

/** Which limit an address of ours falls under; unknown ones under the plain one. */
function kindOf(route: AnyRoute | undefined): Kind {
  if (route === undefined) return 'address'
  if (UNCOUNTED.has(route.path)) return 'none'
  if (route.caller !== undefined && route.access === 'public') return 'webhooks'
  if (SIGN_INS.has(route.path)) return 'signIns'
  return 'address'
}

export interface Limiting {
  readonly limits: Limits
  readonly most: GatewayConfig['limits']
  /** Finds the route of a template as it was registered. */
  readonly routeOf: (template: string | undefined) => AnyRoute | undefined
}

/** Adds the limits to all routes that come after. */
export function limitRequests(app: HttpApp, { limits, most, routeOf }: Limiting): void {
  const limitOf = (name: keyof GatewayConfig['limits']) =>
    limits(`gateway.${name}`, {
      points: most[name],
      seconds: WINDOW_S,
      kind: kernelProblems.rate_limited,
    })
  const byAddress = {
    address: limitOf('address'),
    signIns: limitOf('signIns'),
    webhooks: limitOf('webhooks'),
  }
  const byAccount = limitOf('account')
  app.addHook('onRequest', async (request) => {
    const kind = kindOf(routeOf(request.routeOptions.url))
    if (kind !== 'none') await byAddress[kind].consume(clientKey(request.ip))
  })
  app.addHook('preParsing', async (request) => {
    if (request.caller.kind === 'user') await byAccount.consume(request.caller.id)
  })
}
