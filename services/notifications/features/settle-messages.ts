// What became of messages, of many in one commit, with the events that tell of it.

import {
  notificationStates,
  pushNotificationStates,
} from '@rialto/contracts/notifications/states.ts'
import { SECOND } from '@rialto/kernel/pure/time.ts'
import type { Context } from '@rialto/kernel/service/context.ts'
import type { Tx } from '@rialto/kernel/service/tx.ts'
import { delayAfter, type Outcome } from '../channels/outcome.ts'
import { publishStatusUpdated } from '../events/publishers.ts'
import { type MessageRow, type Settled, settleMessages } from '../store.ts'

export interface Tried {
  readonly message: MessageRow
  readonly ctx: Context
  readonly outcome: Outcome
}

/** While a neighbour is down its messages are asked about again soon. */
const NEIGHBOUR_MS = 5 * SECOND

function settledOf({ message, outcome }: Tried, now: number): Settled {
  const { message_id: messageId, attempts } = message
  const { answer } = outcome
  const done = { messageId, answer, attempts, nextAtMs: null }
  if (outcome.kind === 'sent') return { ...done, state: 'sent', reason: null }
  if (outcome.kind === 'failed') return { ...done, state: 'failed', reason: outcome.reason }
  const again = { messageId, answer, state: 'queued', reason: null } as const
  if (outcome.free === true)
    return { ...again, attempts: attempts - 1, nextAtMs: now + NEIGHBOUR_MS }
  const delayMs = delayAfter(attempts)
  if (delayMs === undefined) return { ...done, state: 'failed', reason: 'undeliverable' }
  return { ...again, attempts, nextAtMs: now + delayMs }
}

export async function settle(tx: Tx, tried: readonly Tried[], now: number): Promise<null[]> {
  const settled = tried.map((one) => settledOf(one, now))
  const written = new Set(
    (await tx.many(settleMessages(settled, now))).map((row) => row.message_id),
  )
  tried.forEach(({ message, ctx }, i) => {
    const result = settled[i] as Settled
    const { state } = result
    // Somebody else was quicker: a lease had run out.
    if (!written.has(message.message_id) || state === 'queued') return
    const own = tx.for(ctx)
    own.step(message.channel === 'email' ? notificationStates : pushNotificationStates, state)
    publishStatusUpdated(own, message, { ...result, state })
  })
  return tried.map(() => null)
}
