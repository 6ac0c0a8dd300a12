// One mail: written in the language of who gets it, at the moment it is sent.

import { failpoint } from '@rialto/kernel/testing/failpoint.ts'
import type { Outcome } from '../channels/outcome.ts'
import type { MessageRow } from '../store.ts'
import { templates } from '../templates/all.ts'
import type { Template } from '../templates/letter.ts'
import { writeLetter } from '../templates/render.ts'
import { findCode, findRecipient, type Sending } from './find-recipient.ts'
import { noted } from './noted.ts'

export async function sendMail(message: MessageRow, sending: Sending): Promise<Outcome> {
  const { ctx, parts } = sending
  const to = await findRecipient(message.user_id, sending)
  if ('kind' in to) return to
  const template = templates.get(message.template) as Template
  const secret =
    template.link === undefined
      ? undefined
      : await findCode(message.user_id, template.link, sending)
  if (secret !== undefined && 'kind' in secret) return secret
  const site = parts.site === undefined ? {} : { site: parts.site }
  const facts = { ...message.facts, ...site, ...secret }
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
