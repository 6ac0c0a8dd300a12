// Keeps a notification and acknowledges it. Nothing in it is believed: the job asks the provider. One that came before is
// absorbed only if the provider has confirmed meanwhile what it says; otherwise a forged copy, sent first, would swallow the
// true one.

import { receiveWebhook as route } from '@rialto/contracts/payments/http.ts'
import { Problem } from '@rialto/kernel/pure/problem.ts'
import { reply, saga } from '@rialto/kernel/service/feature.ts'
import type { Tx } from '@rialto/kernel/service/tx.ts'
import { failpoint } from '@rialto/kernel/testing/failpoint.ts'
import type { Parts } from '../config.ts'
import type { Notification } from '../domain/provider.ts'
import { problems } from '../errors.ts'
import { closeNotification, insertNotification, reopenNotification } from '../store.ts'
import { paymentSubject, refundSubject } from './notified-subject.ts'
import { readNotified } from './read-notified.ts'

async function keep(
  tx: Tx,
  notification: Notification,
  arrived: { provider: string; body: Uint8Array; now: number },
) {
  const { event, objectId } = notification
  const { provider, body, now } = arrived
  const row = await tx.one(
    insertNotification({
      ...{ inboxId: tx.ctx.env.ids.next('whk'), provider, dedupeKey: `${event} ${objectId}` },
      ...{ event, objectId, body, atMs: now },
    }),
  )
  const subject = notification.about === 'refund' ? refundSubject : paymentSubject
  const owner = await subject.owner(tx, { provider, object_id: objectId })
  tx.ctx.flow ??= owner?.orderId
  return row
}

export const receiveWebhook = saga<typeof route, undefined, {}, Parts>(route, {
  async act({ input, tx, ctx, now, parts }) {
    const provider = parts.providers.get(input.params.provider)
    if (provider === undefined) throw new Problem(problems.unknown_provider)
    const body = input.raw ?? new Uint8Array()
    const notification = provider.parseNotification(body)
    if (notification === undefined) {
      ctx.log.warn({ provider: provider.name, bytes: body.length, ip: input.ip }, 'webhook invalid')
      throw new Problem(problems.webhook_invalid)
    }
    const row = await keep(tx, notification, { provider: provider.name, body, now })
    const { about, claimedStatus } = notification
    if (about === undefined) {
      const outcome = 'not_about_a_payment'
      tx.write(closeNotification({ inboxId: row.inbox_id, state: 'ignored', outcome, atMs: now }))
      return undefined
    }
    if (row.deliveries > 1 && row.state === 'done' && row.outcome === claimedStatus)
      return undefined
    if (row.deliveries > 1) tx.write(reopenNotification(row.inbox_id))
    await parts.jobs.now(tx, readNotified, { inbox_id: row.inbox_id })
    return undefined
  },
  async finish() {
    await failpoint('webhook_in.stored')
    return reply(200, 'OK')
  },
})
