import { BlockList, isIPv6 } from 'node:net'
import { BadSettings, parseSettings } from '@rialto/kernel/config/settings.ts'
import type { Limits } from '@rialto/kernel/http/limits.ts'
import Type from 'typebox'
import type { EndedSessions } from './features/ended-sessions.ts'
import type { IsMonitoring } from './http.ts'
import type { PushHub } from './push/hub.ts'

/** What the gateway's handlers share with its door. */
export interface Parts {
  readonly pushes: PushHub
  readonly sessions: EndedSessions
  readonly limits: Limits
}

const perMinute = (amount: number, what: string) =>
  Type.Integer({ minimum: 1, default: amount, description: `${what} a minute` })

const ADDRESSES = '^[0-9a-fA-F:./]+(,[0-9a-fA-F:./]+)*$'

export const settings = Type.Object({
  GATEWAY_REQUESTS_PER_ADDRESS: perMinute(600, 'requests from one client address'),
  GATEWAY_SIGN_INS_PER_ADDRESS: perMinute(
    60,
    'registrations, log-ins and new passwords from one client address',
  ),
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
  GATEWAY_MONITORING_FROM: Type.String({
    pattern: ADDRESSES,
    default: '127.0.0.1,::1',
    description:
      'addresses or subnets that are shown /metrics and the reasons at /health/ready, separated by commas; never through a proxy that names whom it asks for (one beside the gateway that does not is the monitoring)',
  }),
  TRUSTED_PROXIES: Type.Optional(
    Type.String({
      pattern: ADDRESSES,
      description: 'addresses or subnets whose x-forwarded-for is believed, separated by commas',
    }),
  ),
})

export interface GatewayConfig {
  /** Requests a minute. */
  readonly limits: {
    readonly address: number
    /** Where passwords are tried or set. */
    readonly signIns: number
    readonly webhooks: number
    readonly account: number
  }
  /** WebSocket connections of one account. */
  readonly pushesPerAccount: number
  readonly https: boolean
  readonly isMonitoring: IsMonitoring
  readonly trustedProxies?: readonly string[]
}

/** Throws `BadSettings` for a text that is no address and no subnet. */
function listOf(name: string, addresses: string): BlockList {
  const list = new BlockList()
  for (const text of addresses.split(',')) {
    const [address = '', bits, ...more] = text.split('/')
    const family = isIPv6(address) ? 'ipv6' : 'ipv4'
    try {
      // An empty number is zero, and no bits are everybody.
      if (more.length > 0 || (bits !== undefined && !/^\d{1,3}$/.test(bits))) throw new Error(text)
      if (bits === undefined) list.addAddress(address, family)
      else list.addSubnet(address, Number(bits), family)
    } catch {
      throw new BadSettings([`${name}: got ${text}, expected an address or a subnet`])
    }
  }
  return list
}

/** A proxy beside us has an address of ours, and who is behind it has not. */
const isDirect = (headers: Parameters<IsMonitoring>[0]['headers']): boolean =>
  headers['x-forwarded-for'] === undefined && headers.forwarded === undefined

function monitoringFrom(addresses: string): IsMonitoring {
  const list = listOf('GATEWAY_MONITORING_FROM', addresses)
  return ({ ip, headers }) => isDirect(headers) && list.check(ip, isIPv6(ip) ? 'ipv6' : 'ipv4')
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
    isMonitoring: monitoringFrom(s.GATEWAY_MONITORING_FROM),
    ...(s.TRUSTED_PROXIES === undefined ? {} : { trustedProxies: s.TRUSTED_PROXIES.split(',') }),
  }
}
