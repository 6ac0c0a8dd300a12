// The port to payment providers: what every adapter speaks. An answer is the provider's truth about one payment, in our words.
// No answer is never an answer: whatever may have reached the provider is `ProviderSilent`, and only a definite no of the
// provider is `ProviderRefused`. Calling the second the first costs a poll; the other way round loses a buyer's money.

/** States that a provider can tell of. `unmapped`: a word we do not know; a person decides. */
export type ProviderStatus =
  | 'pending_psp_redirect'
  | 'processing'
  | 'authorized'
  | 'completed'
  | 'failed'
  | 'canceled'
  | 'unmapped'

/** What the provider says about one payment now. */
export interface ProviderTruth {
  readonly providerPaymentId: string
  readonly status: ProviderStatus
  /** The provider's own word. */
  readonly rawStatus: string
  readonly amountMinor: bigint
  readonly currency: string
  readonly redirectUrl?: string
  /** What the buyer's code shows. */
  readonly qrData?: string
  readonly reason?: string
  /** What it was paid with may be charged again without the buyer. */
  readonly savedMethod?: { readonly token: string; readonly type: string; readonly title: string }
  /** Our ids, as we gave them along; absent when the payment is not ours. */
  readonly paymentId?: string
  readonly operationId?: string
}

/** What is asked of a provider. Kept with the operation, so that a repeat is the same request to the letter. */
export interface CreateRequest {
  readonly operationId: string
  readonly paymentId: string
  readonly orderId: string
  readonly amountMinor: number
  readonly currency: string
  readonly method: 'card' | 'sbp' | 'saved'
  /** How the buyer confirms; `none`: not at all. Absent in operations of an earlier version: on the provider's page. */
  readonly confirmation?: 'redirect' | 'qr' | 'none'
  /** Our id of the saved method; its token is read when the call is made. */
  readonly methodId?: string
  readonly saveMethod?: true
  readonly returnUrl: string
  readonly description: string
}

/** What a call that moves money needs besides its request. The key makes a repeat within 23 h the same payment. */
export interface CallKeys {
  readonly idempotencyKey: string
  /** Of the saved method; in memory only. */
  readonly methodToken?: string
}

export type ProviderRefundStatus = 'pending' | 'succeeded' | 'canceled' | 'unmapped'

/** What the provider says about one refund now. */
export interface RefundTruth {
  readonly providerRefundId: string
  readonly providerPaymentId: string
  readonly status: ProviderRefundStatus
  readonly rawStatus: string
  readonly amountMinor: bigint
  readonly currency: string
  readonly reason?: string
  /** Our id, as we gave it along; absent when the refund is not ours. */
  readonly refundId?: string
}

export interface RefundRequest {
  readonly refundId: string
  readonly providerPaymentId: string
  readonly amountMinor: bigint
  readonly currency: string
}

export interface Notification {
  readonly event: string
  readonly objectId: string
  /** Absent: about nothing that is kept here. */
  readonly about?: 'payment' | 'refund'
  /** What it says the state is, in the provider's word; only a hint. */
  readonly claimedStatus: string
}

/** Names of a provider's calls in the diagrams. */
export interface CallNames {
  readonly create: string
  readonly fetch: string
  readonly find: string
  readonly cancel: string
  readonly refund: string
  readonly fetchRefund: string
  readonly findRefund: string
}

export interface Provider {
  readonly name: string
  readonly calls: CallNames
  create(request: CreateRequest, keys: CallKeys): Promise<ProviderTruth>
  /** Undefined: the provider knows no such payment. */
  fetch(providerPaymentId: string): Promise<ProviderTruth | undefined>
  /** Looks for what an operation made when its answer was lost, around the time at which it was sent. */
  find(operationId: string, sentAtMs: number): Promise<ProviderTruth | undefined>
  /** States in which it gives up a payment when asked to; in others it has to be waited for. */
  readonly cancelable: readonly ProviderStatus[]
  cancel(providerPaymentId: string, idempotencyKey: string): Promise<ProviderTruth>
  /** The refund's id is its key. */
  refund(request: RefundRequest): Promise<RefundTruth>
  fetchRefund(providerRefundId: string): Promise<RefundTruth | undefined>
  /** Looks for what became of a refund when its answer was lost. */
  findRefund(request: RefundRequest): Promise<RefundTruth | undefined>
  /** Undefined: not a notification of this provider. Nothing in it is believed; what it is about is fetched. */
  parseNotification(raw: Uint8Array): Notification | undefined
}

/** A definite no: nothing was done. */
export class ProviderRefused extends Error {
  readonly code: string
  readonly status: number
  constructor(code: string, status: number, message: string) {
    super(message)
    this.name = 'ProviderRefused'
    this.code = code
    this.status = status
  }
}

/** No answer, or none that says what was done. */
export class ProviderSilent extends Error {
  /** HTTP status as text, `timeout`, or `unreachable`. */
  readonly outcome: string
  constructor(outcome: string, message: string, options: { cause?: unknown } = {}) {
    super(message, options)
    this.name = 'ProviderSilent'
    this.outcome = outcome
  }
}
