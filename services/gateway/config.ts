import { parseSettings } from '@rialto/kernel/config/settings.ts'
import type { Limits } from '@rialto/kernel/http/limits.ts'
import Type from 'typebox'
import type { EndedSessions } from './features/ended-sessions.ts'
import type { PushHub } from './push/hub.ts'

/** What the gateway's handlers share with its door. */
export interface Parts {
  readonly pushes: PushHub
  readonly sessions: EndedSessions
  readonly limits: Limits
}

const perMinute = (amount: number, what: string) =>
  Type.Integer({ minimum: 1, default: amount, description: `${what} a minute` })

export const settings = Type.Object({
  GATEWAY_REQUESTS_PER_ADDRESS: perMinute(600, 'requests from one client address'),
  GATEWAY_SIGN_INS_PER_ADDRESS: perMinute(60, 'registrations and log-ins from one client address'),
  GATEWAY_WEBHOOKS_PER_ADDRESS: perMinute(6_000, 'notifications from one provider address'),
  GATEWAY_REQUESTS_PER_ACCOUNT: perMinute(600, 'requests of one account'),
  GATEWAY_PUSHES_PER_ACCOUNT: Type.Integer({
    minimum: 1,
    default: 20,
    description: 'WebSocket connections of one account to this process at a time',
  }),
  GATEWAY_HTTPS: Type.Boolean({
    default: false,
    description: 'clients reach the gateway over https, through a proxy that ends it',
  }),
  TRUSTED_PROXIES: Type.Optional(
    Type.String({
      pattern: '^[0-9a-fA-F:./]+(,[0-9a-fA-F:./]+)*$',
      description: 'addresses or subnets whose x-forwarded-for is believed, separated by commas',
    }),
  ),
})

export interface GatewayConfig {
  /** Requests a minute. */
  readonly limits: {
    readonly address: number
    /** Of the public routes below `/users`, where passwords are tried. */
    readonly signIns: number
    readonly webhooks: number
    readonly account: number
  }
  /** WebSocket connections of one account. */
  readonly pushesPerAccount: number
  readonly https: boolean
  readonly trustedProxies?: readonly string[]
}

export function gatewayConfig(env: Readonly<Record<string, string | undefined>>): GatewayConfig {
  const s = parseSettings(settings, env)
  return {
    limits: {
      address: s.GATEWAY_REQUESTS_PER_ADDRESS,
      signIns: s.GATEWAY_SIGN_INS_PER_ADDRESS,
      webhooks: s.GATEWAY_WEBHOOKS_PER_ADDRESS,
      account: s.GATEWAY_REQUESTS_PER_ACCOUNT,
    },
    pushesPerAccount: s.GATEWAY_PUSHES_PER_ACCOUNT,
    https: s.GATEWAY_HTTPS,
    ...(s.TRUSTED_PROXIES === undefined ? {} : { trustedProxies: s.TRUSTED_PROXIES.split(',') }),
  }
}
