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
})

export interface OrdersConfig {
  readonly expiresAfterMs: number
  readonly attemptWindowMs: number
}

export function ordersConfig(env: Readonly<Record<string, string | undefined>>): OrdersConfig {
  const s = parseSettings(settings, env)
  return { expiresAfterMs: s.ORDER_EXPIRES_AFTER, attemptWindowMs: s.ORDER_ATTEMPT_WINDOW }
}

/** What the features and handlers get. */
export interface Parts {
  readonly config: OrdersConfig
}
