// Every event that concerns a person, a poll's worth in one transaction: what the pages show is noted, what goes out is queued,
// each fact once. Sending starts after the commit; if this process dies first, the next tick of the sending job finds the rows.

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
import { insertMessages, insertNotices, type NewMessage, type NewNotice } from '../store.ts'
import { sendMessages } from './send-messages.ts'

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

type Of = (event: Envelope) => BatchItem

/** Each message begins in the flow of its event, below that event. Answers how many are new. */
async function queue(
  tx: Tx,
  heard: readonly Heard[],
  at: { of: Of; now: number },
): Promise<number> {
  const messages = heard.map((one) => messageOf(tx, one))
  const causes = new Map(
    messages.flatMap(({ mailId, pushId }, i) => {
      const { event } = heard[i] as Heard
      return [[mailId, event] as const, [pushId, event] as const]
    }),
  )
  const queued = await tx.many(insertMessages(messages, at.now))
  for (const { message_id, channel } of queued) {
    const { tx: own } = at.of(causes.get(message_id) as Envelope)
    own.step(channel === 'email' ? notificationStates : pushNotificationStates, 'queued')
  }
  return queued.length
}

export const tellPeople = inBatches<{}, Parts>({
  group: 'notifications',
  // Nobody reads a mail within a tenth of a second, and an order's events come in bursts.
  lingerMs: 100,
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
    if ((await queue(tx, outgoing, { of, now })) > 0) parts.jobs.soon(tx, sendMessages)
  },
})
