// Finds out what became of an operation. Reads first; sends again only where that cannot pay twice: under the same key, while
// the provider still remembers it. A refusal of that repeat proves nothing about the first send, so it decides nothing. A look to
// which the provider did not answer is made again soon. Nobody asked for this look, so what follows from it names the deciding
// call to the provider as its cause.

import { HOUR } from '@rialto/kernel/pure/time.ts'
import { type JobRun, job } from '@rialto/kernel/service/service.ts'
import type { Tx } from '@rialto/kernel/service/tx.ts'
import type { Parts } from '../config.ts'
import { checkUnansweredAt, isRepeatable, isTakenSince, nextCheckAt } from '../domain/checks.ts'
import {
  type Provider,
  ProviderRefused,
  ProviderSilent,
  type ProviderTruth,
} from '../domain/provider.ts'
import { noted } from '../providers/noted.ts'
import type { PaymentRow } from '../store.ts'
import { type OperationRow, planCheck, selectOperation, setSentAgain } from '../store-operations.ts'
import { applyOutcome } from './apply-outcome.ts'
import { giveUp } from './cancel-payment.ts'
import { openReview } from './open-review.ts'
import { markAbsent, markUnknown } from './record-failure.ts'
import { keysOf } from './run-operation.ts'

type Run = JobRun<{ operation_id: string; until_ms: number }, Parts>
type Found = OperationRow & {
  readonly last_sent_at: number | null
  readonly order_id: string
  readonly provider_payment_id: string | null
  readonly ended: boolean
}

type Sent = Found & { readonly sent_at: number }

/** What the provider said, and the call in which it did. */
interface Heard {
  readonly truth: ProviderTruth
  readonly call: string
}

/**
 * What came of a look: the provider has nothing of this operation, and none will be made any more (`absent`); it has answered,
 * and nothing is known by that; or it did not answer.
 */
type Looked = Heard | { readonly absent: true; readonly call: string } | 'nothing' | 'unanswered'

interface Planned {
  readonly looked: Looked
  /** The payment, where its money is held. */
  readonly held: PaymentRow | undefined
  readonly now: number
  readonly parts: Parts
}

async function look(given: Run, op: Sent, provider: Provider): Promise<Looked> {
  const { ctx, now } = given
  const { calls } = provider
  const asked = (name: string) => ({ name, id: ctx.env.ids.uuid() })
  const known = op.provider_payment_id
  if (known !== null) {
    const fetch = asked(calls.fetch)
    const truth = await noted(ctx, fetch, () => provider.fetch(known))
    return truth === undefined ? 'nothing' : { truth, call: fetch.id }
  }
  // It is sent again only after a search that was answered: what was made is of the first sending or of the last.
  let call = ''
  for (const sentAt of [op.sent_at, ...(op.last_sent_at === null ? [] : [op.last_sent_at])]) {
    const search = asked(calls.find)
    // A search that finds nothing was answered all the same.
    const { found } = await noted(ctx, search, async () => ({
      found: await provider.find(op.operation_id, sentAt),
    }))
    if (found !== undefined) return { truth: found, call: search.id }
    call = search.id
  }
  if (op.ended || !isRepeatable(op.sent_at, now)) return { absent: true, call }
  return repeat(given, op, provider)
}

async function repeat(given: Run, op: Found, provider: Provider): Promise<Looked> {
  const { ctx, unit } = given
  const again = { name: provider.calls.create, id: ctx.env.ids.uuid() }
  try {
    const keys = await keysOf(given, op)
    await unit((tx) => tx.run(setSentAgain(op.operation_id, ctx.now())))
    const truth = await noted(ctx, again, () => provider.create(op.request, keys))
    return { truth, call: again.id }
  } catch (error) {
    if (!(error instanceof ProviderRefused)) throw error
    ctx.log.warn({ operation: op.operation_id, err: error }, 'repeat refused, which says nothing')
    return 'nothing'
  }
}

/**
 * Plans the next look; after the last one a person is told. What the provider has nothing of then has failed: an order waits no
 * longer for it. Should its money arrive all the same, it is late. A hold that nobody takes is given up: its order waits for it.
 */
async function plan(tx: Tx, op: Sent, { looked, held, now, parts }: Planned) {
  const next = nextCheckAt(op.sent_at, now)
  // The payment is locked before its operation, as by everybody.
  const isAbsent = typeof looked === 'object' && 'absent' in looked
  if (isAbsent && next === undefined) await markAbsent(tx, op)
  const unanswered = looked === 'unanswered' ? checkUnansweredAt(op.sent_at, now) : undefined
  // What is held is asked for every hour until it is given up.
  const last = held === undefined ? null : now + HOUR
  tx.write(planCheck(op.operation_id, unanswered ?? next ?? last))
  if (next !== undefined) return
  if (held !== undefined) await giveUp(tx, held, parts)
  const { operation_id: subject, payment_id: paymentId, state } = op
  openReview(tx, { paymentId, subject, reason: 'no_result', details: { state }, now })
}

async function settle(given: Run, op: Sent, looked: Looked) {
  const { unit, ctx, parts, now } = given
  const { correlation } = ctx
  const cause = typeof looked === 'string' ? {} : { cause: looked.call }
  const own = ctx.for({ correlation, flow: op.order_id, ...cause })
  try {
    await unit(async (tx) => {
      const told = { paymentId: op.payment_id, now: own.now(), parts }
      const truth = typeof looked === 'object' && 'truth' in looked ? looked.truth : undefined
      const applied = truth && (await applyOutcome(tx.for(own), { ...told, truth }))
      const isFinal = ['completed', 'failed', 'canceled'].includes(truth?.status ?? '')
      const isContradicted = applied?.outcome.kind === 'contradiction'
      const isHeld = !isContradicted && applied?.payment.status === 'authorized'
      const held = isHeld ? applied.payment : undefined
      if (!isFinal || isContradicted) await plan(tx, op, { looked, held, now, parts })
      given.done(tx)
    })
  } finally {
    own.end()
  }
}

async function run(given: Run): Promise<void> {
  const { data, unit, ctx, parts, now } = given
  const op = await unit((tx) => tx.maybe(selectOperation(data.operation_id)))
  if (op === undefined || !['sent', 'pending', 'unknown'].includes(op.state)) return
  if (isTakenSince(op.next_check_at, data.until_ms)) return
  ctx.flow = op.order_id
  if (op.state === 'sent') await unit((tx) => markUnknown(tx, op, 'no result was recorded'))
  const sent = { ...op, sent_at: op.sent_at ?? now }
  let looked: Looked = 'unanswered'
  try {
    const provider = parts.providers.get(op.provider)
    if (provider !== undefined) looked = await look(given, sent, provider)
  } catch (error) {
    if (!(error instanceof ProviderSilent || error instanceof ProviderRefused)) throw error
    ctx.log.warn({ operation: op.operation_id, err: error }, 'operation cannot be checked now')
  }
  await settle(given, sent, looked)
}

export const checkOperation = job<{ operation_id: string; until_ms: number }, Parts>({
  name: 'payments.check-operation',
  run,
})
