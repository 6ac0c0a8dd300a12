// What a receipt does with the news from the register: to which state, under which document name, and when it is looked at
// again. Pure. The worst mistake would be a second document for one payment, so a new name is given only to what the register
// has called dead, or refused while no other send of that name may have arrived: a refused repeat says nothing about the send before
// it, and a refused look nothing about the document.

import type { ReceiptState } from '@rialto/contracts/payments/receipt-states.ts'
import { HOUR, MINUTE, SECOND } from '@rialto/kernel/pure/time.ts'
import type { FiscalFacts } from './fiscal-register.ts'

/** A claim that its process did not live to fulfil is claimed again after this; the sweep comes every 5 s. */
export const CLAIM_MS = 10 * SECOND
/** After the n-th trouble; with the one after the last, the receipt has failed. */
const AFTER_TROUBLE_MS = [5 * SECOND, 15 * SECOND, MINUTE, 5 * MINUTE] as const
/** Looks at an accepted document; usually its callback is quicker than the first. */
const POLLS_MS = [5, 10, 30, 60, 300, 900].map((seconds) => seconds * SECOND)
/** A failed receipt is tried on, with an alert each time. */
export const FAILED_AGAIN_MS = 15 * MINUTE
/** A refund's receipt comes after its sale's. */
const AFTER_SALE_MS = 30 * SECOND
/** The register's refusals of us, not of the document: a key is wrong, and the same document is fine once it is right. */
const OF_THE_ACCOUNT = new Set([10, 11, 12, 14, 20, 21, 50])
const WILL_DO_WITH_A_NEW_NAME = 1

export interface Progress {
  readonly attempt: number
  /** How often a document of this name may have become one: sends, but for those that were refused or never left. */
  readonly sends: number
  readonly tries: number
  readonly polls: number
  readonly uuid: string | null
}

export type News =
  | { readonly kind: 'accepted'; readonly uuid: string }
  | { readonly kind: 'silent'; readonly error: string }
  /** A send that certainly did not leave. */
  | { readonly kind: 'unsent'; readonly error: string }
  /** A send, not a look. */
  | { readonly kind: 'refused'; readonly code: number; readonly error: string }
  | { readonly kind: 'waiting' }
  | { readonly kind: 'missing' }
  | { readonly kind: 'dead'; readonly error: string }
  | { readonly kind: 'done'; readonly facts: FiscalFacts }
  /** No document can be made of what is known; nothing was sent. */
  | { readonly kind: 'impossible'; readonly error: string }
  | { readonly kind: 'sale_first' }

export interface Next extends Progress {
  readonly state: ReceiptState
  readonly error: string | null
  /** Null: never. */
  readonly againInMs: number | null
  readonly facts?: FiscalFacts
}

/** The document's name at the register. */
export const externalIdOf = (receiptId: string, attempt: number): string =>
  `${receiptId}-${attempt}`

/** Whose document a name is; undefined: not one of ours. */
export function receiptOfName(
  externalId: string,
): { receiptId: string; attempt: number } | undefined {
  const match = /^(rcp_[0-9a-z]{26})-([1-9]\d{0,8})$/.exec(externalId)
  return match === null ? undefined : { receiptId: match[1] ?? '', attempt: Number(match[2]) }
}

function trouble(at: Progress, error: string): Next {
  const tries = at.tries + 1
  const againInMs = AFTER_TROUBLE_MS[tries - 1]
  return againInMs === undefined
    ? { ...at, tries, state: 'failed', error, againInMs: FAILED_AGAIN_MS }
    : { ...at, tries, state: 'pending', error, againInMs }
}

const renamed = (at: Progress): Progress => ({
  ...at,
  attempt: at.attempt + 1,
  sends: 0,
  uuid: null,
  polls: 0,
})

function hopeless(at: Progress, error: string): Next {
  const tries = Math.max(at.tries + 1, AFTER_TROUBLE_MS.length + 1)
  return { ...at, tries, state: 'failed', error, againInMs: FAILED_AGAIN_MS }
}

/** The send that this is the news of made nothing. It always comes with a trouble, so that `sends` and `tries` name a state once. */
const uncounted = (at: Progress): Progress =>
  at.uuid === null ? { ...at, sends: Math.max(0, at.sends - 1) } : at

function refused(at: Progress, code: number, error: string): Next {
  if (at.uuid !== null || OF_THE_ACCOUNT.has(code)) return trouble(uncounted(at), error)
  const named = at.sends > 1 ? uncounted(at) : renamed(at)
  if (code === WILL_DO_WITH_A_NEW_NAME) return trouble(named, error)
  // The document itself is wrong; the next one is sent when somebody may have mended what it is made of.
  return hopeless(named, error)
}

/** Still no result. One that the register has lost is sent again under its old name, which it adopts if it finds it after all. */
function patience(at: Progress, kind: 'waiting' | 'missing'): Next {
  const polls = at.polls + 1
  const againInMs = POLLS_MS[polls]
  if (againInMs !== undefined) return { ...at, polls, state: 'pending', error: null, againInMs }
  if (kind === 'missing')
    return trouble({ ...at, uuid: null, polls: 0 }, 'the register has lost the document')
  const error = 'the register has not processed the document'
  return { ...at, polls, state: 'failed', error, againInMs: FAILED_AGAIN_MS }
}

export function nextOf(at: Progress, news: News): Next {
  switch (news.kind) {
    case 'accepted': {
      const againInMs = POLLS_MS[0] ?? HOUR
      return { ...at, uuid: news.uuid, polls: 0, state: 'pending', error: null, againInMs }
    }
    case 'silent':
      return trouble(at, news.error)
    case 'unsent':
      return trouble(uncounted(at), news.error)
    case 'refused':
      return refused(at, news.code, news.error)
    case 'dead':
      return trouble(renamed(at), news.error)
    case 'waiting':
    case 'missing':
      return patience(at, news.kind)
    case 'impossible':
      return hopeless({ ...at, sends: 0 }, news.error)
    case 'sale_first':
      return { ...at, sends: 0, state: 'pending', error: null, againInMs: AFTER_SALE_MS }
    case 'done':
      return { ...at, state: 'fiscalized_success', error: null, againInMs: null, facts: news.facts }
  }
}
