// Every event that concerns a person, a poll's worth in one transaction: what the pages show is noted, what goes out is queued,
// each fact once. Sending starts after the commit; if this process dies first, the rows are due when its claim has run out.

import {
  notificationStates,
  pushNotificationStates,
} from '@rialto/contracts/notifications/states.ts'
import type { Envelope } from '@rialto/kernel/pure/envelope.ts'
import { type BatchItem, inBatches } from '@rialto/kernel/service/service.ts'
import type { Tx } from '@rialto/kernel/service/tx.ts'
import type { Parts } from '../config.ts'
import { orderCanceled } from '../events/handlers/order-canceled.ts'
import { orderExpired } from '../events/handlers/order-expired.ts'
import { orderProcessingCompleted } from '../events/handlers/order-processing-completed.ts'
import { orderSteps } from '../events/handlers/order-steps.ts'
import { paymentFailed } from '../events/handlers/payment-failed.ts'
import { paymentFiscalReceiptStatusUpdated } from '../events/handlers/payment-fiscal-receipt-status-updated.ts'
import { paymentRefunded } from '../events/handlers/payment-refunded.ts'
import { userLinkRequested } from '../events/handlers/user-link-requested.ts'
import { userRegistered } from '../events/handlers/user-registered.ts'
import type { Told } from '../events/told.ts'
import {
  insertMessages,
  insertNotices,
  type NewMessage,
  type NewNotice,
  type QueuedRow,
} from '../store.ts'
import type { Claimed } from './handed.ts'
import { sendHanded, sendMessages } from './send-messages.ts'

const tellers = new Map(
  [
    ...[orderProcessingCompleted, paymentFiscalReceiptStatusUpdated, userRegistered, paymentFailed],
    ...[orderExpired, orderCanceled, paymentRefunded, userLinkRequested, ...orderSteps],
  ].map((teller) => [teller.event.type, teller]),
)

interface Heard {
  readonly event: Envelope
  readonly told: Told
  readonly quiet: boolean
}

function hear(event: Envelope): Heard[] {
  const teller = tellers.get(event.type)
  const told = teller?.tell(event)
  return teller === undefined || told === undefined ? [] : [{ event, told, quiet: teller.quiet }]
}

function noticeOf(tx: Tx, { told, quiet }: Heard): NewNotice {
  const { userId, kind, factId, facts, orderId = null } = told
  return { noticeId: tx.ctx.env.ids.next('ntf'), userId, kind, factId, facts, orderId, quiet }
}

function messageOf(tx: Tx, { told, event }: Heard): NewMessage {
  const { userId, kind: template, factId, facts, orderId = null } = told
  const { ids } = tx.ctx.env
  const { flow = null, correlation } = event.headers
  return {
    ...{
      mailId: ids.next('msg'),
      pushId: ids.next('msg'),
      userId,
      template,
      factId,
      facts,
      orderId,
    },
    ...{ cause: event.id, flow, correlation },
  }
}

interface At {
  readonly of: (event: Envelope) => BatchItem
  readonly parts: Parts
  readonly now: number
}

/** A message as whoever claims it reads it. */
const claimedRow = (m: NewMessage, { message_id, channel, browsers }: QueuedRow, now: number) => ({
  ...{ message_id, channel, browsers, user_id: m.userId, template: m.template, facts: m.facts },
  ...{ order_id: m.orderId, cause: m.cause, flow: m.flow, correlation: m.correlation },
  ...{ attempts: 1, created_at: now },
})

/**
 * Each message begins in the flow of its event, below that event. As many as this process has room for are claimed as they are made,
 * and handed over after the commit.
 */
async function queue(tx: Tx, heard: readonly Heard[], at: At): Promise<void> {
  const { of, parts, now } = at
  const { handed, jobs, leaseMs, beginMs } = parts
  const messages = heard.map((one) => messageOf(tx, one))
  const made = new Map(
    messages.flatMap((message, i) => {
      const one = { message, event: (heard[i] as Heard).event }
      return [[message.mailId, one] as const, [message.pushId, one] as const]
    }),
  )
  const claim = { nowMs: now, untilMs: now + leaseMs, claimed: Math.floor(handed.room / 2) }
  const queued = await tx.many(insertMessages(messages, claim))
  const claimed: Claimed[] = []
  for (const row of queued) {
    const { message, event } = made.get(row.message_id) as { message: NewMessage; event: Envelope }
    const machine = row.channel === 'email' ? notificationStates : pushNotificationStates
    of(event).tx.step(machine, 'queued')
    if (row.claimed)
      claimed.push({ message: claimedRow(message, row, now), beginBy: now + beginMs })
  }
  tx.onCommit(() => handed.put(claimed))
  if (claimed.length > 0) jobs.soon(tx, sendHanded)
  if (claimed.length < queued.length) jobs.soon(tx, sendMessages)
}

export const tellPeople = inBatches<{}, Parts>({
  group: 'notifications',
  // Nobody reads a mail within a quarter of a second, and an order's events come in bursts.
  lingerMs: 250,
  events: [...tellers.values()].map(({ event }) => event),
  when: (event) => hear(event).length > 0,
  async act({ events, of, tx, parts, now }) {
    const heard = events.flatMap(hear)
    tx.write(
      insertNotices(
        heard.map((one) => noticeOf(tx, one)),
        now,
      ),
    )
    const outgoing = heard.filter(({ quiet }) => !quiet)
    if (outgoing.length === 0) return
    await queue(tx, outgoing, { of, parts, now })
  },
})
