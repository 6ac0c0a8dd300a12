// What became of one try to send, and when the next one is due. No answer is not a no: what may have arrived is sent again under
// the same Message-ID, because a mail that comes twice is the lesser evil than one that never comes.

import { HOUR, MINUTE, SECOND } from '@rialto/kernel/pure/time.ts'

export type Outcome =
  | { readonly kind: 'sent'; readonly answer: string }
  /** For good. */
  | { readonly kind: 'failed'; readonly reason: FailureReason; readonly answer: string }
  | {
      readonly kind: 'later'
      readonly answer: string
      /** Our own doing (a neighbour is down): the try does not count. */
      readonly free?: boolean
    }

export type FailureReason = 'recipient_gone' | 'rejected' | 'undeliverable'

/** After the n-th try. A greylisting server wants some minutes, one that is being repaired a day. */
const DELAYS_MS = [
  ...[5 * SECOND, 30 * SECOND, 2 * MINUTE, 10 * MINUTE, 30 * MINUTE],
  ...[HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR, 12 * HOUR],
]

/** Milliseconds until the next try; undefined when it was the last one. */
export const delayAfter = (tries: number): number | undefined => DELAYS_MS[tries - 1]

/** Tries that processes died in count too; a message beyond all of them is not tried again, or it might kill for ever. */
export const isHopeless = (tries: number): boolean => tries > DELAYS_MS.length + 1

const ANSWER_MAX = 200

/** A server's words without anybody's address: servers repeat it, and the log of deliveries holds no personal data. */
export const withoutAddresses = (answer: string): string =>
  answer
    .replace(/\s+/g, ' ')
    .replace(/[^\s<>:;,"'()]+@[^\s<>:;,"'()]+/g, '[address]')
    .slice(0, ANSWER_MAX)
