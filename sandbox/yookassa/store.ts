// The provider's books: payments, refunds, saved methods, remembered keys, notifications; kept in the journal, if there is one,
// so that an effect, its remembered answer and its notification exist together or not at all.

import { type Journal, openJournal } from '../engine/journal.ts'

export type JsonObject = Readonly<Record<string, unknown>>
export type PaymentStatus = 'pending' | 'waiting_for_capture' | 'succeeded' | 'canceled'
export type RefundStatus = 'pending' | 'succeeded' | 'canceled'
export type MethodType = 'bank_card' | 'sbp' | 'sberbank'

export interface Cancellation {
  readonly party: 'merchant' | 'yoo_money' | 'payment_network'
  readonly reason: string
}

export interface Confirmation {
  readonly type: 'redirect' | 'qr'
  readonly returnUrl?: string | undefined
  readonly locale?: string | undefined
  readonly enforce?: boolean | undefined
}

export interface MethodRecord {
  readonly id: string
  readonly type: MethodType
  readonly saved: boolean
  /** The payer withdrew the consent: charges are declined with `permission_revoked`. */
  readonly revoked: boolean
  readonly title: string
  /** What the payment object shows of the method besides type, id, saved and title. */
  readonly details: JsonObject
}

export interface PaymentRecord {
  readonly id: string
  /** Position in order of creation; also what a list cursor points at. */
  readonly seq: number
  readonly status: PaymentStatus
  readonly createdAt: number
  readonly currency: string
  readonly amountMinor: number
  readonly capturedMinor: number
  /** Sum of refunds that succeeded. */
  readonly refundedMinor: number
  /** Sum of refunds not yet decided; reserved, so that two refunds cannot take the same money. */
  readonly refundingMinor: number
  readonly capture: boolean
  readonly saveMethod: boolean
  readonly withReceipt: boolean
  readonly metadata: Readonly<Record<string, string>>
  readonly description?: string | undefined
  readonly merchantCustomerId?: string | undefined
  readonly gatewayId?: string | undefined
  readonly confirmation?: Confirmation | undefined
  readonly methodType?: MethodType | undefined
  /** Known once the payer has chosen and used it. */
  readonly method?: MethodRecord | undefined
  readonly authorization?: { readonly rrn: string; readonly authCode: string } | undefined
  readonly windowEndsAt: number
  readonly holdEndsAt?: number | undefined
  readonly capturedAt?: number | undefined
  readonly cancellation?: Cancellation | undefined
}

export interface RefundRecord {
  readonly id: string
  readonly seq: number
  readonly paymentId: string
  readonly status: RefundStatus
  readonly createdAt: number
  readonly currency: string
  readonly amountMinor: number
  readonly withReceipt: boolean
  readonly description?: string | undefined
  readonly cancellation?: Cancellation | undefined
  /** When a pending refund is decided by itself, and how. Absent: only `settleRefund` decides it. */
  readonly settlesAt?: number | undefined
  readonly planned?:
    | { readonly status: 'succeeded' | 'canceled'; readonly reason: string }
    | undefined
}

export interface KeyRecord {
  readonly key: string
  readonly fingerprint: string
  readonly at: number
  readonly answer: JsonObject
}

export type DeliveryState = 'pending' | 'delivered' | 'given_up' | 'lost'

/** What changes about a notification while it is being delivered. */
export interface DeliveryProgress {
  readonly id: string
  readonly state: DeliveryState
  readonly attempts: number
  readonly dueAt: number
  /** HTTP status or network error of the last attempt. */
  readonly lastResult?: string | undefined
}

export interface DeliveryRecord extends DeliveryProgress {
  readonly event: string
  /** Events of one payment and its refunds are delivered one after the other. */
  readonly paymentId: string
  readonly createdAt: number
  readonly body: string
  readonly kind: 'true' | 'copy' | 'forged'
}

export type Change =
  | readonly ['payment', PaymentRecord]
  | readonly ['refund', RefundRecord]
  | readonly ['method', MethodRecord]
  | readonly ['key', KeyRecord]
  | readonly ['key_forgotten', string]
  | readonly ['delivery', DeliveryRecord]
  | readonly ['progress', DeliveryProgress]
  | readonly ['clock_offset', number]

export interface Books {
  readonly payments: Map<string, PaymentRecord>
  readonly refunds: Map<string, RefundRecord>
  readonly methods: Map<string, MethodRecord>
  readonly keys: Map<string, KeyRecord>
  readonly deliveries: Map<string, DeliveryRecord>
  /** Ids in order of creation, for lists. */
  readonly paymentOrder: string[]
  readonly refundOrder: string[]
  clockOffsetMs: number
}

export interface Store extends Journal<Change> {
  readonly books: Books
}

function apply(books: Books, change: Change): void {
  switch (change[0]) {
    case 'payment':
      if (!books.payments.has(change[1].id)) books.paymentOrder.push(change[1].id)
      books.payments.set(change[1].id, change[1])
      break
    case 'refund':
      if (!books.refunds.has(change[1].id)) books.refundOrder.push(change[1].id)
      books.refunds.set(change[1].id, change[1])
      break
    case 'method':
      books.methods.set(change[1].id, change[1])
      break
    case 'key':
      books.keys.set(change[1].key, change[1])
      break
    case 'key_forgotten':
      books.keys.delete(change[1])
      break
    case 'delivery':
      books.deliveries.set(change[1].id, change[1])
      break
    case 'progress': {
      const delivery = books.deliveries.get(change[1].id)
      if (delivery !== undefined) books.deliveries.set(delivery.id, { ...delivery, ...change[1] })
      break
    }
    case 'clock_offset':
      books.clockOffsetMs = change[1]
      break
  }
}

/** Opens the books, from the journal if there is one. */
export function openStore(journal: string | undefined): Store {
  const books: Books = {
    payments: new Map(),
    refunds: new Map(),
    methods: new Map(),
    keys: new Map(),
    deliveries: new Map(),
    paymentOrder: [],
    refundOrder: [],
    clockOffsetMs: 0,
  }
  const file = openJournal<Change>(journal, (change) => apply(books, change))
  return { books, ...file }
}
