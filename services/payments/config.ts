import { duration, parseSettings, secret } from '@rialto/kernel/config/settings.ts'
import type { Fields } from '@rialto/kernel/crypto/fields.ts'
import type { JobQueue } from '@rialto/kernel/service/service.ts'
import Type from 'typebox'
import type { Provider } from './domain/provider.ts'
import type { Fiscal } from './providers/atol-config.ts'

export const settings = Type.Object({
  YOOKASSA_URL: Type.String({
    pattern: '^https?://',
    description: 'address of the provider, such as https://api.yookassa.ru',
  }),
  YOOKASSA_SHOP_ID: Type.String({ minLength: 1, description: 'shop id at the provider' }),
  YOOKASSA_SECRET_KEY: secret({ description: 'secret key at the provider' }),
  PROVIDER_TIMEOUT: duration({
    default: '10s',
    description: 'how long a buyer waits for the provider before the outcome counts as unknown',
  }),
  NOTIFICATION_BODIES_KEPT: duration({
    default: '7d',
    description:
      'how long the bodies of providers’ notifications are kept; they can name a payer’s card',
  }),
  NOTIFICATIONS_KEPT: duration({
    default: '180d',
    description:
      'how long it is kept that a notification came and was read; at least as long as its body',
  }),
})

export interface PaymentsConfig {
  readonly yookassa: {
    readonly url: string
    readonly shopId: string
    readonly secretKey: string
    readonly timeoutMs: number
  }
  readonly notifications: Kept
}

/** How long what providers notified is kept. */
export interface Kept {
  readonly bodiesKeptMs: number
  readonly keptMs: number
}

export function paymentsConfig(env: Readonly<Record<string, string | undefined>>): PaymentsConfig {
  const s = parseSettings(settings, env)
  return {
    yookassa: {
      url: s.YOOKASSA_URL,
      shopId: s.YOOKASSA_SHOP_ID,
      secretKey: s.YOOKASSA_SECRET_KEY,
      timeoutMs: s.PROVIDER_TIMEOUT,
    },
    notifications: { bodiesKeptMs: s.NOTIFICATION_BODIES_KEPT, keptMs: s.NOTIFICATIONS_KEPT },
  }
}

/** What the features, handlers and jobs get. */
export interface Parts {
  readonly providers: ReadonlyMap<string, Provider>
  readonly jobs: JobQueue
  /** Rows that a run of this process is at; a sweep of this process leaves them alone. */
  readonly busy: Set<string>
  /** Seals the tokens of saved methods. */
  readonly fields: Fields
  readonly fiscal: Fiscal
  readonly notifications: Kept
}

/** The provider of every new payment, until there is a choice. */
export const DEFAULT_PROVIDER = 'yookassa'
