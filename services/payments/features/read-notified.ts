// What a notification was about is read again from the provider, and that is applied. The process that received it does so right
// after its commit; the sweep takes up what a dead one left, and what could not be read. A payment or refund of which only the
// provider knows may be one whose first answer is still on its way: it is looked for again, then a person gets it.

import { receiveWebhook } from '@rialto/contracts/payments/http.ts'
import { isOutage, Retryable } from '@rialto/kernel/pure/failure.ts'
import { SECOND } from '@rialto/kernel/pure/time.ts'
import { type JobRun, job } from '@rialto/kernel/service/service.ts'
import type { Tx } from '@rialto/kernel/service/tx.ts'
import { failpoint } from '@rialto/kernel/testing/failpoint.ts'
import type { Parts } from '../config.ts'
import { isWhenToldOf, READ_CLAIM_MS, readAgainInMs } from '../domain/checks.ts'
import { ProviderRefused, ProviderSilent } from '../domain/provider.ts'
import { noted } from '../providers/noted.ts'
import {
  claimUnread,
  closeNotification,
  type InboxRow,
  postponeNotification,
} from '../store-inbox.ts'
import { paymentSubject, refundSubject, type Subject } from './notified-subject.ts'
import { openReview } from './open-review.ts'

const ORPHAN_ATTEMPTS = 5
const RETRY_AFTER_MS = 5 * SECOND
const BATCH = 200

type Run = JobRun<InboxRow, Parts>
type Told = { readonly rawStatus: string }

async function fetchTruth<T extends Told>(
  { data: row, ctx, parts }: Run,
  subject: Subject<T>,
): Promise<T | undefined> {
  const provider = parts.providers.get(row.provider)
  if (provider === undefined) throw new Retryable(`no adapter ${row.provider}`)
  try {
    return await noted(ctx, subject.callName(provider), () =>
      subject.fetch(provider, row.object_id),
    )
  } catch (error) {
    if (!(error instanceof ProviderSilent)) throw error
    throw new Retryable(error.message, { cause: error })
  }
}

async function close(
  run: Run,
  end: { state: 'ignored' | 'review'; outcome: string },
  also: (tx: Tx) => Promise<void> = async () => undefined,
) {
  const { data: row, unit, ctx, now } = run
  await unit(async (tx) => {
    await also(tx)
    tx.write(closeNotification(row, { ...end, atMs: now }))
    if (end.state === 'review') reviewOf(run, tx, end.outcome)
  })
  ctx.log.warn({ inbox: row.inbox_id, ...end }, 'notification without effect')
}

function reviewOf({ data: row, now }: Run, tx: Tx, reason: string): void {
  const details = { event: row.event, provider: row.provider, object: row.object_id }
  openReview(tx, { paymentId: null, subject: row.inbox_id, reason, details, now })
}

/** The provider could not be asked, or not by us. */
const isUnanswered = (error: unknown): boolean =>
  error instanceof ProviderRefused ||
  (error instanceof Retryable && error.cause instanceof ProviderSilent)

/**
 * It is read again later; what is down spends no attempt. What does not succeed for long is a person's, and given up unless it is
 * the provider who does not answer: it does not notify again what we have acknowledged.
 */
async function postpone(run: Run, error: unknown): Promise<void> {
  const { data: row, unit, ctx } = run
  const isFree = isOutage(error)
  const attempts = row.attempts + (isFree ? 0 : 1)
  const againInMs = isFree ? RETRY_AFTER_MS : readAgainInMs(attempts, isUnanswered(error))
  if (againInMs === undefined) return close(run, { state: 'review', outcome: 'not_read' })
  const askedMs = error instanceof Retryable ? (error.afterMs ?? againInMs) : againInMs
  await unit(async (tx) => {
    tx.write(postponeNotification(row, { attempts, atMs: ctx.now() + askedMs }))
    if (!isFree && isWhenToldOf(attempts)) reviewOf(run, tx, 'not_read')
  })
}

/**
 * A notification can be quicker than the answer to the request that it is about. Nobody knew then in whose record it belongs; now
 * it is known, and its arrival is put there, because all that follows names it as the cause.
 */
function noteArrival({ ctx, now }: Run): void {
  if (ctx.cause === undefined || ctx.flow === undefined) return
  const record = ctx.for({ correlation: ctx.correlation, flow: ctx.flow })
  const name = `${receiveWebhook.method} ${receiveWebhook.path}`
  const [us, them] = [ctx.participant, 'PSP']
  record.note({ id: ctx.cause, from: them, to: us, kind: 'call', name, outcome: 'ok', at: now })
  const parent = ctx.cause
  record.note({ from: us, to: them, kind: 'reply', name, outcome: '200', parent, at: now })
  record.end()
}

async function read<T extends Told>(given: Run, subject: Subject<T>): Promise<void> {
  const { data: row, unit, ctx, parts } = given
  const isEarly = ctx.flow === undefined
  // Known when it was received, unless the payment has learnt only since then what the provider calls it.
  ctx.flow ??= await unit((tx) => subject.orderOf(tx, row))
  const truth = await fetchTruth(given, subject)
  if (truth === undefined) {
    const missed = (tx: Tx) => subject.missed(tx, row, ctx.now())
    return close(given, { state: 'ignored', outcome: 'not_at_provider' }, missed)
  }
  const isOurs = await unit(async (tx) => {
    const now = ctx.now()
    const state = await subject.apply(tx, row, { truth, now, parts })
    if (state === undefined) return false
    tx.write(closeNotification(row, { state, outcome: truth.rawStatus, atMs: now }))
    return true
  })
  if (isOurs) {
    if (isEarly) noteArrival(given)
    return
  }
  const attempt = row.attempts + 1
  if (attempt < ORPHAN_ATTEMPTS)
    throw new Retryable('what it is about is not known here yet', {
      afterMs: attempt * RETRY_AFTER_MS,
    })
  await close(given, { state: 'review', outcome: subject.orphan })
}

async function run(given: Run): Promise<void> {
  const { data: row, parts, ctx } = given
  parts.busy.add(row.inbox_id)
  try {
    await failpoint('webhook_in.replied')
    const isRefund = row.event.startsWith('refund.')
    await (isRefund ? read(given, refundSubject) : read(given, paymentSubject))
  } catch (error) {
    await postpone(given, error).catch((cause: unknown) =>
      ctx.log.warn({ inbox: row.inbox_id, err: cause }, 'notification is left to the sweep'),
    )
    throw error
  } finally {
    parts.busy.delete(row.inbox_id)
  }
}

export const readNotified = job<InboxRow, Parts>({
  name: 'payments.read-notified',
  isClaimed: true,
  run,
})

/** Every 5 s: what was received and is not read gets a run of its own, in the name of the request that brought it. */
export const sweepNotified = job<undefined, Parts>({
  name: 'payments.sweep-notified',
  everySeconds: 5,
  run: ({ unit, parts, ctx, now }) =>
    unit(async (tx) => {
      const claim = { atMs: now, untilMs: now + READ_CLAIM_MS, busy: [...parts.busy], limit: BATCH }
      for (const { correlation, cause, flow, ...row } of await tx.many(claimUnread(claim))) {
        const brought = { ...(cause !== null && { cause }), ...(flow !== null && { flow }) }
        const own = ctx.for({ correlation: correlation ?? ctx.correlation, ...brought })
        parts.jobs.after(tx.for(own), readNotified, () => row)
      }
    }),
})
