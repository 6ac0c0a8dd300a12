import { duration, parseSettings } from '@rialto/kernel/config/settings.ts'
import Type from 'typebox'

export const settings = Type.Object({
  ORDER_EXPIRES_AFTER: duration({
    default: '30m',
    description: 'how long an order waits for its payment',
  }),
  ORDER_ATTEMPT_WINDOW: duration({
    default: '65m',
    description:
      'how long an order waits at least once an attempt to pay began: the provider’s hour and 5 minutes',
  }),
  ORDER_WAITS_AT_MOST: duration({
    default: '6h',
    description:
      'how long after it was placed new attempts to pay keep an order waiting; one that is under way then is waited for',
  }),
})

export interface OrdersConfig {
  readonly expiresAfterMs: number
  readonly attemptWindowMs: number
  readonly waitsAtMostMs: number
}

export function ordersConfig(env: Readonly<Record<string, string | undefined>>): OrdersConfig {
  const s = parseSettings(settings, env)
  return {
    expiresAfterMs: s.ORDER_EXPIRES_AFTER,
    attemptWindowMs: s.ORDER_ATTEMPT_WINDOW,
    waitsAtMostMs: s.ORDER_WAITS_AT_MOST,
  }
}

/** What the features and handlers get. */
export interface Parts {
  readonly config: OrdersConfig
}
