// What a notification was about is read again from the provider, and that is applied. A payment or refund of which only the
// provider knows may be one whose first answer is still on its way: it is looked for again, then a person gets it.

import { receiveWebhook } from '@rialto/contracts/payments/http.ts'
import { Retryable } from '@rialto/kernel/pure/failure.ts'
import { SECOND } from '@rialto/kernel/pure/time.ts'
import { type JobRun, job } from '@rialto/kernel/service/service.ts'
import { failpoint } from '@rialto/kernel/testing/failpoint.ts'
import type { Parts } from '../config.ts'
import { ProviderSilent } from '../domain/provider.ts'
import { noted } from '../providers/noted.ts'
import { closeNotification, type InboxRow, insertReview, selectNotification } from '../store.ts'
import { paymentSubject, refundSubject, type Subject } from './notified-subject.ts'

const ORPHAN_ATTEMPTS = 5
const RETRY_AFTER_MS = 5 * SECOND

type Run = JobRun<{ inbox_id: string }, Parts>
type Told = { readonly rawStatus: string }

async function fetchTruth<T extends Told>(
  { ctx, parts }: Run,
  row: InboxRow,
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
    throw new Retryable(error.message, { afterMs: RETRY_AFTER_MS, cause: error })
  }
}

async function close(
  run: Run,
  row: InboxRow,
  end: { state: 'ignored' | 'review'; outcome: string },
) {
  const { unit, ctx, now, done } = run
  await unit(async (tx) => {
    tx.write(closeNotification({ inboxId: row.inbox_id, ...end, atMs: now }))
    if (end.state === 'review') {
      const details = { event: row.event, provider: row.provider, object: row.object_id }
      const reviewId = ctx.env.ids.next('rev')
      const review = { reviewId, paymentId: null, subject: row.inbox_id, reason: end.outcome }
      tx.write(insertReview({ ...review, details, atMs: now }))
    }
    done(tx)
  })
  ctx.log.warn({ inbox: row.inbox_id, ...end }, 'notification without effect')
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

async function read<T extends Told>(given: Run, row: InboxRow, subject: Subject<T>) {
  const { unit, ctx, attempt, done, parts } = given
  const isEarly = ctx.flow === undefined
  // Known when it was received, unless the payment has learnt only since then what the provider calls it.
  ctx.flow ??= (await unit((tx) => subject.owner(tx, row)))?.orderId
  const truth = await fetchTruth(given, row, subject)
  if (truth === undefined)
    return close(given, row, { state: 'ignored', outcome: 'not_at_provider' })
  const owner = await unit(async (tx) => {
    const owner = await subject.owner(tx, row, truth)
    if (owner === undefined) return undefined
    ctx.flow = owner.orderId
    const now = ctx.now()
    await subject.apply(tx, owner, { truth, now, parts })
    const outcome = truth.rawStatus
    tx.write(closeNotification({ inboxId: row.inbox_id, state: 'done', outcome, atMs: now }))
    done(tx)
    return owner
  })
  if (owner !== undefined) {
    if (isEarly) noteArrival(given)
    return
  }
  if (attempt < ORPHAN_ATTEMPTS)
    throw new Retryable('what it is about is not known here yet', {
      afterMs: attempt * RETRY_AFTER_MS,
    })
  await close(given, row, { state: 'review', outcome: subject.orphan })
}

async function run(given: Run): Promise<void> {
  await failpoint('webhook_in.replied')
  const row = await given.unit((tx) => tx.maybe(selectNotification(given.data.inbox_id)))
  if (row === undefined || row.state !== 'received') return
  const isRefund = row.event.startsWith('refund.')
  await (isRefund ? read(given, row, refundSubject) : read(given, row, paymentSubject))
}

export const readNotified = job<{ inbox_id: string }, Parts>({
  name: 'payments.read-notified',
  run,
})
