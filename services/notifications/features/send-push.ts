// One fact to all browsers of a user. It counts as sent when one of them took it; a browser that has unsubscribed is forgotten.

import { ERASED } from '@rialto/kernel/crypto/fields.ts'
import type { Unit } from '@rialto/kernel/service/feature.ts'
import type { Outcome } from '../channels/outcome.ts'
import type { PushAnswer, Subscription } from '../channels/push.ts'
import { deleteSubscription, type MessageRow, SUBSCRIPTION_COLUMN } from '../store.ts'
import { shortOf } from '../templates/all.ts'
import { writeShort } from '../templates/render.ts'
import { findRecipient, type Sending } from './find-recipient.ts'
import { noted } from './noted.ts'

type Pushing = Sending & { readonly unit: Unit }

interface Browser {
  readonly id: string
  readonly subscription: Subscription
}

const forget = (ids: readonly string[], userId: string, { unit }: Pushing): Promise<void> =>
  unit(async (tx) => {
    for (const id of ids) tx.write(deleteSubscription(id, userId))
  })

/** The user's browsers, unsealed. Those of an erased user cannot be read any more. */
async function browsersOf(message: MessageRow, pushing: Pushing): Promise<Browser[]> {
  const { user_id: userId, browsers } = message
  const { parts } = pushing
  const erased: string[] = []
  const opened = await parts.read((tx) =>
    Promise.all(
      (browsers ?? []).map(async ([id, sealed]): Promise<Browser[]> => {
        const field = { subject: userId, column: SUBSCRIPTION_COLUMN, row: id }
        const plain = await parts.fields.decrypt(tx, field, sealed)
        if (plain !== ERASED) return [{ id, subscription: JSON.parse(plain) as Subscription }]
        erased.push(id)
        return []
      }),
    ),
  )
  if (erased.length > 0) await forget(erased, userId, pushing)
  return opened.flat()
}

function outcomeOf(answers: readonly PushAnswer[]): Outcome {
  const of = (kind: PushAnswer['kind']) => answers.find((answer) => answer.kind === kind)
  const sent = of('sent')
  if (sent !== undefined) return { kind: 'sent', answer: sent.answer }
  const later = of('later')
  if (later !== undefined) return { kind: 'later', answer: later.answer }
  const rejected = of('rejected')
  if (rejected !== undefined) return { kind: 'failed', reason: 'rejected', answer: rejected.answer }
  return { kind: 'failed', reason: 'recipient_gone', answer: of('gone')?.answer ?? 'no browser' }
}

export async function sendPush(message: MessageRow, pushing: Pushing): Promise<Outcome> {
  const { ctx, parts } = pushing
  const to = await findRecipient(message.user_id, pushing)
  if ('kind' in to) return to
  const words = shortOf(message.template)
  const browsers = await browsersOf(message, pushing)
  if (words === undefined || browsers.length === 0) return outcomeOf([])
  const text = {
    ...writeShort(words[to.locale], message.facts, to.locale),
    message_id: message.message_id,
    ...(message.order_id === null ? {} : { order_id: message.order_id }),
  }
  const answers = await Promise.all(
    browsers.map(({ subscription }) =>
      noted(ctx, { to: 'PushService', name: 'POST push' }, () =>
        parts.pusher.send(subscription, text),
      ),
    ),
  )
  const gone = browsers.filter((_, i) => answers[i]?.kind === 'gone').map(({ id }) => id)
  if (gone.length > 0) await forget(gone, message.user_id, pushing)
  return outcomeOf(answers)
}
