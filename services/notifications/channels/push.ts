// Web push (RFC 8030) with VAPID. The address of a subscription comes from a browser, so it is only used when it belongs to a
// push service that is on the list: otherwise anybody could have us call addresses of their choice, our own network included.

import { ECDH } from 'node:crypto'
import { type Clock, MINUTE } from '@rialto/kernel/pure/time.ts'
import { Agent, request } from 'undici'
import webPush from 'web-push'
import { withoutAddresses } from './outcome.ts'

export interface VapidKeys {
  readonly publicKey: string
  readonly privateKey: string
}

export interface PushOptions extends VapidKeys {
  /** Whom a push service may write to about us: `mailto:` or https. */
  readonly subject: string
  /** Host names, their subdomains included, or whole origins. */
  readonly services: readonly string[]
  readonly timeoutMs: number
  readonly clock: Clock
}

/** As the browser gave it; kept sealed. */
export interface Subscription {
  readonly endpoint: string
  readonly keys: { readonly p256dh: string; readonly auth: string }
}

export interface PushText {
  readonly title: string
  readonly text: string
  readonly message_id: string
  readonly order_id?: string
}

/** `gone`: the browser has unsubscribed. */
export interface PushAnswer {
  readonly kind: 'sent' | 'gone' | 'rejected' | 'later'
  readonly answer: string
  /** HTTP status as text, for the living diagram. */
  readonly code: string
}

export interface Pusher {
  readonly publicKey: string
  allows(endpoint: string): boolean
  send(subscription: Subscription, text: PushText): Promise<PushAnswer>
}

/** A message that nobody fetched for a day is not news any more. */
const TTL_SECONDS = 24 * 3_600

function isAllowed(endpoint: string, services: readonly string[]): boolean {
  const url = URL.parse(endpoint)
  if (url === null || url.username !== '' || url.password !== '') return false
  return services.some((service) => {
    if (service.includes('://')) return url.origin === service
    const isOurs = url.hostname === service || url.hostname.endsWith(`.${service}`)
    return isOurs && url.protocol === 'https:' && url.port === ''
  })
}

/** A point of the curve and 16 bytes, as the encryption of RFC 8291 needs them. */
export function areUsable({ p256dh, auth }: Subscription['keys']): boolean {
  try {
    ECDH.convertKey(Buffer.from(p256dh, 'base64url'), 'prime256v1')
    return (
      Buffer.from(p256dh, 'base64url').length === 65 && Buffer.from(auth, 'base64url').length === 16
    )
  } catch {
    return false
  }
}

function kindOf(status: number): PushAnswer['kind'] {
  if (status >= 200 && status < 300) return 'sent'
  if (status === 404 || status === 410) return 'gone'
  return status === 429 || status >= 500 ? 'later' : 'rejected'
}

/** Push services take a token of up to 24 hours; one of 12 is signed anew after so long. Signing cost 0.4 ms a message. */
const TOKEN_MS = 30 * MINUTE
const TOKENS_MAX = 100

/** By whom a message is sent, as each push service is told: a header for each origin. */
function authorizing({ publicKey, privateKey, subject, clock }: PushOptions) {
  const known = new Map<string, { readonly header: string; readonly untilMs: number }>()
  return (endpoint: string): string => {
    const { origin } = new URL(endpoint)
    const now = clock.now()
    const kept = known.get(origin)
    if (kept !== undefined && kept.untilMs > now) return kept.header
    const signed = webPush.getVapidHeaders(origin, subject, publicKey, privateKey, 'aes128gcm')
    const header = signed.Authorization
    if (known.size >= TOKENS_MAX) known.clear()
    known.set(origin, { header, untilMs: now + TOKEN_MS })
    return header
  }
}

export function openPush(options: PushOptions): Pusher {
  const { publicKey, services, timeoutMs } = options
  const authorizationFor = authorizing(options)
  const agent = new Agent({ connections: 8, keepAliveTimeout: 4_000 })
  return {
    publicKey,
    allows: (endpoint) => isAllowed(endpoint, services),
    async send(subscription, text) {
      const { endpoint } = subscription
      // The list may have become shorter since the browser subscribed.
      if (!isAllowed(endpoint, services))
        return { kind: 'rejected', answer: 'push service not allowed', code: 'refused' }
      const details = webPush.generateRequestDetails(subscription, JSON.stringify(text), {
        headers: { Authorization: authorizationFor(endpoint) },
        TTL: TTL_SECONDS,
        urgency: 'normal',
        // A repeat replaces the first one where the browser has not fetched it yet: at most 32 characters.
        topic: text.message_id.slice(-26),
      })
      try {
        const { statusCode, body } = await request(endpoint, {
          dispatcher: agent,
          method: 'POST',
          headers: details.headers as Record<string, string>,
          body: details.body,
          signal: AbortSignal.timeout(timeoutMs),
        })
        await body.dump()
        return { kind: kindOf(statusCode), answer: `HTTP ${statusCode}`, code: String(statusCode) }
      } catch (error) {
        const code = (error as Error).name === 'TimeoutError' ? 'timeout' : 'unreachable'
        // An error of the network may name the endpoint, and whoever has that can send to the browser.
        const answer = withoutAddresses((error as Error).name)
        return { kind: 'later', answer, code }
      }
    },
  }
}
