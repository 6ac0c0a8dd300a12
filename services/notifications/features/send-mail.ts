// One mail: written in the language of who gets it, at the moment it is sent.

import { failpoint } from '@rialto/kernel/testing/failpoint.ts'
import type { Outcome } from '../channels/outcome.ts'
import type { MessageRow } from '../store.ts'
import { templates } from '../templates/all.ts'
import type { Template } from '../templates/letter.ts'
import { writeLetter } from '../templates/render.ts'
import { findRecipient, type Sending } from './find-recipient.ts'
import { noted } from './noted.ts'

export async function sendMail(message: MessageRow, sending: Sending): Promise<Outcome> {
  const { ctx, parts } = sending
  const to = await findRecipient(message.user_id, sending)
  if ('kind' in to) return to
  const template = templates.get(message.template) as Template
  const facts = parts.site === undefined ? message.facts : { ...message.facts, site: parts.site }
  const written = writeLetter(template, facts, to)
  await failpoint('notification.before_call')
  return noted(ctx, { to: 'Mail', name: 'SMTP send' }, () =>
    parts.mailer.send({
      ...written,
      ...{ messageId: message.message_id, locale: to.locale, atMs: message.created_at },
      to: { name: to.name, address: to.address },
    }),
  )
}
