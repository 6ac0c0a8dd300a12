// Payments that forbid an order to end, for the service that is about to end it. Where its time is over, every look was made that is
// worth waiting for. Where it is the buyer who ends it, nothing has been waited for: the provider is asked first, as its webhook would
// have it asked.

import {
  lookNow as lookRoute,
  findUnsettled as unsettledRoute,
} from '@rialto/contracts/payments/http.ts'
import type { ReplyOf } from '@rialto/kernel/pure/contract.ts'
import { SECOND } from '@rialto/kernel/pure/time.ts'
import { afterLooking, type Finish, query, reply } from '@rialto/kernel/service/feature.ts'
import type { Parts } from '../config.ts'
import { CHECKS_AFTER_MS } from '../domain/checks.ts'
import {
  type Provider,
  ProviderRefused,
  ProviderSilent,
  type ProviderTruth,
} from '../domain/provider.ts'
import { noted } from '../providers/noted.ts'
import { type PaymentRow, selectPaymentsOf, selectUnsettled } from '../store.ts'
import { applyOutcome } from './apply-outcome.ts'

/** Whoever waits for this look had an answer at the one before it, when the buyer's hour at the provider was over. */
const LAST_LOOK_MS = CHECKS_AFTER_MS.at(-1) ?? 0

/**
 * Money has arrived in time, a provider is deciding, or nobody has asked it since the buyer's hour there was over. What orders has
 * heard by events may be behind, and so may we be with our looks.
 */
export const findUnsettled = query(unsettledRoute, async ({ input, read }) => {
  const found = await read((tx) => tx.many(selectUnsettled(input.query.order_id, LAST_LOOK_MS)))
  const items = found.map(({ order_id, payment_id }) => ({ order_id, transaction_id: payment_id }))
  return reply(200, { items })
})

type Looking = Finish<typeof lookRoute, undefined, Parts>
type Standing = ReplyOf<typeof lookRoute>['body']['items'][number]['standing']

/** A person waits, and whoever asks for them not much longer. */
const LOOK_MS = 3 * SECOND

function inTime(asked: Promise<ProviderTruth | undefined>): Promise<ProviderTruth | undefined> {
  return new Promise((resolve, reject) => {
    AbortSignal.timeout(LOOK_MS).addEventListener('abort', () =>
      reject(new ProviderSilent('timeout', `no answer in ${LOOK_MS} ms`)),
    )
    asked.then(resolve, reject)
  })
}

/** The payment as it is now, and whether the provider says that it waits for its payer. */
interface Seen {
  readonly payment: PaymentRow
  readonly isPayersTurn: boolean
}

type Look = 'unanswered' | 'declined' | 'contradicted' | Seen

/**
 * What the provider says now, applied; the same payment where it knows nothing of it. A decline is left to the webhook and to the
 * planned looks: who is about to cancel need not be told to try again.
 */
async function looked(
  { ctx, parts, unit }: Looking,
  payment: PaymentRow,
  at: { readonly provider: Provider; readonly id: string },
): Promise<Look> {
  const call = { name: at.provider.calls.fetch, id: ctx.env.ids.uuid() }
  let truth: ProviderTruth | undefined
  try {
    truth = await noted(ctx, call, () => inTime(at.provider.fetch(at.id)))
  } catch (error) {
    if (!(error instanceof ProviderSilent || error instanceof ProviderRefused)) throw error
    ctx.log.warn({ payment: payment.payment_id, err: error }, 'payment cannot be looked at now')
    return 'unanswered'
  }
  if (truth === undefined) return { payment, isPayersTurn: false }
  if (truth.status === 'failed' || truth.status === 'canceled') return 'declined'
  const told = { paymentId: payment.payment_id, truth, now: ctx.now(), parts }
  const { correlation } = ctx
  const own = ctx.for({ correlation, flow: payment.order_id, cause: call.id })
  try {
    const applied = await unit((tx) => applyOutcome(tx.for(own), told))
    if (applied.outcome.kind === 'contradiction') return 'contradicted'
    return { payment: applied.payment, isPayersTurn: truth.status === 'pending_psp_redirect' }
  } finally {
    own.end()
  }
}

const counts = (p: PaymentRow): boolean =>
  p.order_ended_at === null && p.superseded_at === null && !p.late

/** What a payment means for its order; nothing: it does not speak for it. */
async function standingOf(looking: Looking, payment: PaymentRow): Promise<Standing | undefined> {
  const { status, provider_payment_id: id } = payment
  if (status === 'completed') return 'paid'
  if (!['pending_psp_redirect', 'processing', 'authorized'].includes(status)) return undefined
  // Its call is on the way, or was lost: the reconciler finds out, and until then it may have been made.
  if (id === null) return 'deciding'
  const provider = looking.parts.providers.get(payment.provider ?? '')
  const now =
    provider === undefined ? 'unanswered' : await looked(looking, payment, { provider, id })
  if (now === 'unanswered') return 'unanswered'
  if (now === 'contradicted') return 'deciding'
  if (now === 'declined' || !counts(now.payment)) return undefined
  if (now.payment.status === 'completed') return 'paid'
  if (now.payment.status === 'authorized') return 'deciding'
  // One whose first answer was lost stays `processing` here, though its payer is the one who is waited for.
  return now.payment.status === 'processing' && !now.isPayersTurn ? 'deciding' : undefined
}

export const lookNow = afterLooking<typeof lookRoute, Parts>(lookRoute, async (looking) => {
  const { input, read, ctx } = looking
  const { order_id: orderId, user_id: userId } = input.body
  const payments = await read((tx) => tx.many(selectPaymentsOf(orderId, userId)))
  if (payments.length > 0) ctx.flow = orderId
  const items = await Promise.all(
    payments.filter(counts).map(async (payment) => {
      const standing = await standingOf(looking, payment)
      return standing === undefined ? [] : [{ transaction_id: payment.payment_id, standing }]
    }),
  )
  const standing = items.flat()
  if (!standing.some((one) => one.standing === 'deciding')) return reply(200, { items: standing })
  // What no look is planned of any more is decided by a person, not by waiting; its order may end.
  const waits = await read((tx) => tx.many(selectUnsettled([orderId], LAST_LOOK_MS)))
  const isAwaited = new Set(waits.map((row) => row.payment_id))
  return reply(200, {
    items: standing.filter(
      (one) => one.standing !== 'deciding' || isAwaited.has(one.transaction_id),
    ),
  })
})
