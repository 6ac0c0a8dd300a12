// What only a simulation has: playing the payer, the bank and bad luck, moving the clock, and reading the provider's own
// books. The same functions serve tests in this process and, below /sandbox, other processes.

import type { Fault, Faults } from '../engine/faults.ts'
import type { ChargePlan, Outcome, RefundPlan } from './engine/desk.ts'
import type { Operation } from './engine/faults.ts'
import type { Provider } from './engine/provider.ts'
import { notFound } from './errors.ts'
import { NORMAL, type WebhookBehaviour } from './notifications.ts'
import { payPayment } from './payments.ts'
import { settleRefund } from './refunds.ts'
import type {
  DeliveryRecord,
  JsonObject,
  MethodType,
  PaymentRecord,
  RefundRecord,
} from './store.ts'

export interface PayerChoice {
  readonly outcome?: Outcome | undefined
  /** Of a `decline`; `general_decline` unless given. */
  readonly reason?: string | undefined
  /** Used where the merchant left the choice to the payer; `bank_card` unless given. */
  readonly method?: MethodType | undefined
}

/** The provider's own books, in minor units, for comparing with the merchant's. */
export interface BooksView {
  readonly now: number
  readonly payments: readonly PaymentRecord[]
  readonly refunds: readonly RefundRecord[]
  readonly totals: readonly {
    readonly currency: string
    readonly capturedMinor: number
    readonly refundedMinor: number
  }[]
}

export interface YooKassaControl {
  /** The payer pays on the page. Answers the payment object. */
  pay(paymentId: string, choice?: PayerChoice): JsonObject
  settleRefund(
    refundId: string,
    result?: { status?: 'succeeded' | 'canceled'; reason?: string },
  ): JsonObject
  /** How the next charges of saved methods go. */
  planCharges(plan: { outcome: Outcome; reason?: string; times?: number }): void
  /** How refunds go from now on. */
  planRefunds(plan: Partial<RefundPlan>): void
  /** The payer withdraws the consent to a saved method. */
  revokeMethod(methodId: string): void
  addFault(fault: Pick<Fault<Operation>, 'operation' | 'kind'> & Partial<Fault<Operation>>): void
  faults(): readonly Fault<Operation>[]
  clearFaults(): void
  setWebhooks(behaviour: Partial<WebhookBehaviour>): void
  setNotificationUrl(url: string | undefined): void
  notifications(): readonly DeliveryRecord[]
  redeliver(notificationId: string): void
  /** Sends a notification that nothing in the books stands behind. */
  forge(notification: { event: string; object: JsonObject }): void
  books(): BooksView
  advance(ms: number): Promise<void>
  /** Waits until every notification was delivered; false when the time (5 s unless given) is over first. */
  idle(timeoutMs?: number): Promise<boolean>
}

function booksOf(provider: Provider): BooksView {
  const payments = [...provider.desk.books.payments.values()]
  const sums = new Map<string, { capturedMinor: number; refundedMinor: number }>()
  for (const { currency, capturedMinor, refundedMinor } of payments) {
    const sum = sums.get(currency) ?? { capturedMinor: 0, refundedMinor: 0 }
    sums.set(currency, {
      capturedMinor: sum.capturedMinor + capturedMinor,
      refundedMinor: sum.refundedMinor + refundedMinor,
    })
  }
  return {
    now: provider.now(),
    payments,
    refunds: [...provider.desk.books.refunds.values()],
    totals: [...sums].map(([currency, sum]) => ({ currency, ...sum })),
  }
}

function revokeMethod(provider: Provider, methodId: string): void {
  const method = provider.desk.books.methods.get(methodId)
  if (method === undefined) throw notFound('payment_method_id', 'No such saved payment method')
  provider.commit([['method', { ...method, revoked: true }]])
}

const payerOf = ({
  outcome,
  reason,
  method,
}: PayerChoice): ChargePlan & { methodType: MethodType } => ({
  outcome: outcome ?? 'ok',
  reason: reason ?? 'general_decline',
  methodType: method ?? 'bank_card',
})

export function openControl(provider: Provider, faults: Faults<Operation>): YooKassaControl {
  const { desk, notifications } = provider
  return {
    pay: (id, choice = {}) => provider.perform(() => payPayment(desk, id, payerOf(choice))),
    settleRefund: (id, { status = 'succeeded', reason = 'general_decline' } = {}) =>
      provider.perform(() => settleRefund(desk, id, { status, reason })),
    planCharges: ({ outcome, reason = 'general_decline', times = 1 }) => {
      for (let i = 0; i < times; i++) provider.chargePlans.push({ outcome, reason })
    },
    planRefunds: ({ status = 'succeeded', reason = 'general_decline', settleAfterMs = 0 }) => {
      provider.refundPlan = { status, reason, settleAfterMs }
    },
    revokeMethod: (id) => revokeMethod(provider, id),
    addFault: (fault) => faults.add({ times: 1, delayMs: 1_000, ...fault }),
    faults: () => faults.all,
    clearFaults: () => faults.clear(),
    setWebhooks: (behaviour) => {
      notifications.behaviour = { ...NORMAL, ...behaviour }
    },
    setNotificationUrl: (url) => {
      notifications.url = url
    },
    notifications: () => [...desk.books.deliveries.values()],
    redeliver: (id) => notifications.redeliver(id),
    forge: ({ event, object }) => provider.commit(notifications.forge(event, object)),
    books: () => {
      provider.settle()
      return booksOf(provider)
    },
    advance: (ms) => provider.advance(ms),
    idle: (timeoutMs = 60_000) => notifications.idle(timeoutMs),
  }
}
