// Sends what is queued and due, several at a time. A message is claimed for a moment in a commit before it is sent, so that no
// two processes send it and a dead one's is taken up; results are written together, with the events that tell of them. A
// crash between the server's yes and that commit sends the mail again under its old Message-ID.

import type { AccountsClient } from '@rialto/contracts/accounts/client.ts'
import {
  notificationStates,
  pushNotificationStates,
} from '@rialto/contracts/notifications/states.ts'
import { type Batcher, batcher } from '@rialto/kernel/batch/batcher.ts'
import { Unavailable } from '@rialto/kernel/pure/failure.ts'
import { SECOND } from '@rialto/kernel/pure/time.ts'
import type { Context } from '@rialto/kernel/service/context.ts'
import { type JobRun, job } from '@rialto/kernel/service/service.ts'
import type { Tx } from '@rialto/kernel/service/tx.ts'
import { failpoint } from '@rialto/kernel/testing/failpoint.ts'
import { delayAfter, isHopeless, type Outcome } from '../channels/outcome.ts'
import { CONNECTIONS, type Parts } from '../config.ts'
import { publishStatusUpdated } from '../events/publishers.ts'
import { claimDue, type MessageRow, type Settled, settleMessages } from '../store.ts'
import { sendMail } from './send-mail.ts'
import { sendPush } from './send-push.ts'

type Clients = { readonly accounts: AccountsClient }
type Run = JobRun<undefined, Parts, Clients>

interface Tried {
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

async function settle(tx: Tx, tried: readonly Tried[], now: number): Promise<null[]> {
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

/** A bug of ours is not the end of the message, nor does it go on for ever: it has the schedule of a silent server. */
async function outcomeFor(run: Run, message: MessageRow, ctx: Context): Promise<Outcome> {
  if (isHopeless(message.attempts))
    return { kind: 'failed', reason: 'undeliverable', answer: 'processes died sending it' }
  const { parts, unit } = run
  const sending = { ctx, parts, unit, clients: run.clientsFor(ctx) }
  try {
    return message.channel === 'email'
      ? await sendMail(message, sending)
      : await sendPush(message, sending)
  } catch (error) {
    ctx.log.error({ message: message.message_id, err: error }, 'message cannot be sent')
    return { kind: 'later', answer: 'failed on our side', free: error instanceof Unavailable }
  }
}

async function tryOne(run: Run, message: MessageRow, results: Batcher<Tried, null>): Promise<void> {
  const { correlation, cause, flow, message_id } = message
  const ctx = run.ctx.for({ correlation, cause, ...(flow === null ? {} : { flow }) })
  try {
    const outcome = await outcomeFor(run, message, ctx)
    await failpoint('notification.answered')
    if (outcome.kind !== 'sent')
      ctx.log.warn({ message: message_id, ...outcome }, 'message not sent')
    await results.submit({ message, ctx, outcome })
  } finally {
    ctx.end()
  }
}

async function sendDue(run: Run): Promise<void> {
  const { unit, parts, ctx } = run
  const results = batcher<Tried, null>({
    lanes: 1,
    maxItems: 100,
    run: (tried) => unit((tx) => settle(tx, tried, ctx.now())),
  })
  const busy = new Set<Promise<void>>()
  const failures: unknown[] = []
  for (;;) {
    // By halves: a claim for each single message would cost as much as sending it.
    while (busy.size > CONNECTIONS / 2) await Promise.race(busy)
    const limit = CONNECTIONS - busy.size
    const nowMs = ctx.now()
    const claim = { nowMs, untilMs: nowMs + parts.leaseMs, limit }
    const claimed = await unit((tx) => tx.many(claimDue(claim)))
    for (const message of claimed) {
      const tried = tryOne(run, message, results)
        .catch((error: unknown) => failures.push(error))
        .then(() => {
          busy.delete(tried)
        })
      busy.add(tried)
    }
    if (claimed.length < limit) break
  }
  await Promise.all(busy)
  if (failures.length > 0) throw failures[0]
}

export const sendMessages = job<undefined, Parts, Clients>({
  name: 'notifications.send',
  everySeconds: 2,
  run: sendDue,
})
