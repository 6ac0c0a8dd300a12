// Keeps a notification and acknowledges it. Nothing in it is believed: the provider is asked right after. One that came before is
// absorbed only if the provider has confirmed meanwhile what it says; otherwise a forged copy, sent first, would swallow the
// true one. After a while it is forgotten: anybody can send some, and a true one can name a payer's card.

import { receiveWebhook as route } from '@rialto/contracts/payments/http.ts'
import type { Sql } from '@rialto/kernel/db/sql.ts'
import { Problem } from '@rialto/kernel/pure/problem.ts'
import { reply, saga } from '@rialto/kernel/service/feature.ts'
import { job } from '@rialto/kernel/service/service.ts'
import type { Tx } from '@rialto/kernel/service/tx.ts'
import { failpoint } from '@rialto/kernel/testing/failpoint.ts'
import type { Parts } from '../config.ts'
import { READ_CLAIM_MS } from '../domain/checks.ts'
import type { Notification } from '../domain/provider.ts'
import { problems } from '../errors.ts'
import { deleteRead, emptyBodies, type InboxRow, insertNotification } from '../store-inbox.ts'
import { readNotified } from './read-notified.ts'

/** One statement says whose it is and whether it is to be read; nobody waits for what it says before the commit. */
function keep(
  tx: Tx,
  notification: Notification,
  arrived: { provider: string; body: Uint8Array; now: number; parts: Parts },
): void {
  const { event, objectId, about = null, claimedStatus: claimed } = notification
  const { provider, body, now, parts } = arrived
  const { correlation, cause = null, flow = null } = tx.ctx
  let toRead: InboxRow | undefined
  const insert = insertNotification({
    ...{ inboxId: tx.ctx.env.ids.next('whk'), provider, dedupeKey: `${event} ${objectId}` },
    ...{ event, objectId, about, claimed, body, correlation, cause, flow },
    ...{ atMs: now, claimedUntilMs: now + READ_CLAIM_MS },
  })
  const heard: typeof insert.heard = ([row]) => {
    tx.ctx.flow ??= row?.flow ?? undefined
    toRead = row?.state === 'received' ? row : undefined
  }
  tx.write({ ...insert, heard } as Sql)
  parts.jobs.after(tx, readNotified, () => toRead)
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
    keep(tx, notification, { provider: provider.name, body, now, parts })
    return undefined
  },
  async finish() {
    await failpoint('webhook_in.stored')
    return reply(200, 'OK')
  },
})

const BATCH = 1_000
const BATCHES_MAX = 100

/** Every 10 min: bodies that are not needed any more, then what was read long ago. */
export const forgetNotified = job<undefined, Parts>({
  name: 'payments.forget-notified',
  everySeconds: 600,
  async run({ unit, parts, now }) {
    const { bodiesKeptMs, keptMs } = parts.notifications
    const due = [emptyBodies(now - bodiesKeptMs, BATCH), deleteRead(now - keptMs, BATCH)]
    for (const forget of due)
      for (let batch = 0; batch < BATCHES_MAX; batch++)
        if ((await unit((tx) => tx.run(forget))) < BATCH) break
  },
})
