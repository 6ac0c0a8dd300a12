// What every operation of the provider works with. Operations decide and answer; they change nothing themselves: their
// changes are committed by the caller in one line, together with the remembered answer.

import type { Books, Change, JsonObject } from '../store.ts'
import type { Mint } from './mint.ts'

export const OUTCOMES = ['ok', 'decline', 'no_funds', '3ds_failed', 'timeout_after_charge'] as const
/** What happens when the payer pays. `timeout_after_charge`: charged, but neither page nor notification says so. */
export type Outcome = (typeof OUTCOMES)[number]

export interface ChargePlan {
  readonly outcome: Outcome
  /** Reason of a `decline`. */
  readonly reason: string
}

export interface RefundPlan {
  readonly status: 'pending' | 'succeeded' | 'canceled'
  readonly reason: string
  /** How long a refund stays pending before it is decided; 0 decides it in the answer. */
  readonly settleAfterMs: number
}

export interface Announcement {
  readonly event: string
  readonly paymentId: string
  readonly object: JsonObject
  readonly lost?: boolean
}

export interface Desk {
  readonly books: Books
  readonly mint: Mint
  readonly shopId: string
  now(): number
  /** Address of the page where the payer pays. */
  pageUrl(paymentId: string): string
  /** The notification of an event, under the webhook behaviour set at this moment. */
  announce(announcement: Announcement): Change[]
  /** A lie about a payment just made, when forgeries are set. */
  forgeFor(paymentId: string, object: JsonObject): Change[]
  /** How the next charge of a saved method goes. */
  nextCharge(): ChargePlan
  nextRefund(): RefundPlan
}

export interface Decision {
  readonly changes: readonly Change[]
  readonly answer: JsonObject
}
