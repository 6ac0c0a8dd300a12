// When an operation without a final result is looked at. The first looks catch a lost webhook while the buyer still waits; the
// one after an hour comes when the provider's own hour to pay is over; after the last, a person looks.

import { DAY, HOUR, MINUTE, SECOND } from '@rialto/kernel/pure/time.ts'

/** After the call was sent. */
export const CHECKS_AFTER_MS = [5 * SECOND, 30 * SECOND, 5 * MINUTE, 62 * MINUTE, DAY] as const
/** Refunds may take the bank days; the first looks are those of a payment. */
export const REFUND_CHECKS_AFTER_MS = [...CHECKS_AFTER_MS, ...[2 * DAY, 4 * DAY, 7 * DAY]] as const
/** `sent` without a result for so long: the process died in the call. */
export const LOST_AFTER_MS = 15 * SECOND
/** A check that was claimed and did not report back, because its process died, is claimed again. */
export const CLAIM_MS = MINUTE
/**
 * Whether what was taken until an instant was taken once more since, or looked at: a look that waited longer than it was taken for, as
 * while a provider is silent, is not made twice.
 */
export const isTakenSince = (nextCheckAt: number | null, untilMs: number): boolean =>
  nextCheckAt !== null && nextCheckAt > untilMs
/** How long the process that received a notification, or took it up, may be silent before another reads it. */
export const READ_CLAIM_MS = 10 * SECOND
/** A notification can be quicker than what the provider answers when asked: then it is asked once more, so much later at the latest. */
export const READ_TOO_SOON_MS = 30 * SECOND
/** After the n-th failed reading of a notification; with the one after the last, a person is told. The poll looks meanwhile. */
const READ_AGAIN_MS = [5, 5, 5, 5, 10, 30, 60, 300, 900].map((seconds) => seconds * SECOND)

/** While a person is told already, a provider that does not answer is asked on for a day. */
const READ_ON_MS = 15 * MINUTE
const READS_ON = DAY / READ_ON_MS

/** How long a notification waits after its n-th failed reading; undefined: it is not tried again. */
export function readAgainInMs(attempts: number, isUnanswered: boolean): number | undefined {
  const isOn = isUnanswered && attempts <= READ_AGAIN_MS.length + READS_ON
  return READ_AGAIN_MS[attempts - 1] ?? (isOn ? READ_ON_MS : undefined)
}

/** Whether this failed reading is the one after which a person is told: once, however long it goes on. */
export const isWhenToldOf = (attempts: number): boolean => attempts === READ_AGAIN_MS.length + 1

/** Providers remember a key for 24 h; an hour is left for their clocks and ours. */
const REPEATABLE_MS = 23 * HOUR

/** The next look, or undefined when all are used up. Never in the past: after an outage the missed ones are skipped. */
export function nextCheckAt(
  sentAtMs: number,
  now: number,
  schedule: readonly number[] = CHECKS_AFTER_MS,
): number | undefined {
  return schedule.map((afterMs) => sentAtMs + afterMs).find((at) => at > now)
}

/** A look that got no answer is no look: it is made again soon, and after the last one as long as there is no answer. */
const UNANSWERED_AGAIN_MS = 5 * MINUTE
const UNANSWERED_AFTER_ALL_MS = HOUR

/** The next look after one to which the provider did not answer. */
export function checkUnansweredAt(
  sentAtMs: number,
  now: number,
  schedule: readonly number[] = CHECKS_AFTER_MS,
): number {
  const next = nextCheckAt(sentAtMs, now, schedule)
  return next === undefined
    ? now + UNANSWERED_AFTER_ALL_MS
    : Math.min(next, now + UNANSWERED_AGAIN_MS)
}

/** Whether sending again under the same key is still the same payment. */
export const isRepeatable = (sentAtMs: number, now: number): boolean =>
  now - sentAtMs < REPEATABLE_MS
