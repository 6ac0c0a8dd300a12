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
  readonly reason?: string
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
  readonly method: 'card' | 'sbp'
  readonly returnUrl: string
  readonly description: string
}

export interface Notification {
  readonly event: string
  readonly objectId: string
  /** What it says the payment's state is, in the provider's word; only a hint. Absent when it is about no payment. */
  readonly claimedStatus?: string
}

export interface Provider {
  readonly name: string
  /** Names of its calls in the diagrams. */
  readonly calls: { readonly create: string; readonly fetch: string; readonly find: string }
  /** The key makes a repeat within 23 h the same payment. */
  create(request: CreateRequest, idempotencyKey: string): Promise<ProviderTruth>
  /** Undefined: the provider knows no such payment. */
  fetch(providerPaymentId: string): Promise<ProviderTruth | undefined>
  /** Looks for what an operation made when its answer was lost. */
  find(operationId: string, sentAtMs: number): Promise<ProviderTruth | undefined>
  /** Undefined: not a notification of this provider. Nothing in it is believed; the payment is fetched. */
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
