import { duration, parseSettings, secret, together } from '@rialto/kernel/config/settings.ts'
import type { Fields } from '@rialto/kernel/crypto/fields.ts'
import { inReading } from '@rialto/kernel/db/reading.ts'
import type { Transaction } from '@rialto/kernel/db/transaction.ts'
import { SECOND } from '@rialto/kernel/pure/time.ts'
import type { BuildInput, JobQueue } from '@rialto/kernel/service/service.ts'
import Type from 'typebox'
import { measuredSend } from './channels/measured.ts'
import { openPush, type Pusher } from './channels/push.ts'
import { Recipients } from './channels/recipients.ts'
import { type Mailer, openSmtp } from './channels/smtp.ts'
import { keptKeys } from './channels/vapid.ts'
import { Handed } from './features/handed.ts'

export const settings = Type.Object({
  SMTP_URL: secret({
    pattern: '^smtps?://',
    description: 'mail server, smtp://user:password@host:port or smtps://…',
  }),
  MAIL_FROM: Type.String({
    default: 'Rialto <no-reply@rialto.example>',
    pattern: '^[^\\r\\n]*[^\\s@<>]+@[^\\s@<>]+>?$',
    description: 'who writes the mails, with a name or without',
  }),
  MAIL_TIMEOUT: duration({
    default: '10s',
    description:
      'how long the mail server or a push service may take before it is asked again later',
  }),
  PUBLIC_URL: Type.Optional(
    Type.String({
      pattern: '^https?://[^\\s]+$',
      description: 'address that links in mails begin with',
    }),
  ),
  PUSH_SERVICES: Type.String({
    default: 'fcm.googleapis.com,push.services.mozilla.com,notify.windows.com,push.apple.com',
    description: 'hosts (and their subdomains) or origins that push messages may be sent to',
  }),
  VAPID_PUBLIC_KEY: Type.Optional(
    Type.String({
      pattern: '^[A-Za-z0-9_-]{87}$',
      description: 'key that browsers subscribe with; absent: made once and kept',
    }),
  ),
  VAPID_PRIVATE_KEY: Type.Optional(secret({ description: 'private half of VAPID_PUBLIC_KEY' })),
})

const BEGIN_MS = 5 * SECOND

/** Mails on their way at once; as many connections to the mail server. */
export const CONNECTIONS = 8

export interface Parts {
  readonly jobs: JobQueue
  readonly fields: Fields
  readonly mailer: Mailer
  readonly pusher: Pusher
  readonly recipients: Recipients
  /** How long a message that is being sent belongs to who sends it; a dead process's is taken up after that. */
  readonly leaseMs: number
  /** How long after its claim the sending of a message may begin, so that it ends within the lease. */
  readonly beginMs: number
  /** What this process has claimed and not begun to send. */
  readonly handed: Handed
  /** Reads in the service's name. */
  readonly read: <T>(work: (tx: Transaction) => Promise<T>) => Promise<T>
  /** Address that links begin with, without a slash at its end. */
  readonly site: string | undefined
}

export async function partsOf(input: BuildInput): Promise<Parts> {
  const { env, jobs, pool, security } = input
  const s = parseSettings(settings, input.settings)
  const timeoutMs = s.MAIL_TIMEOUT
  // One half alone must not be passed over: browsers would subscribe with another key than the operator's.
  const set = together(s, 'VAPID_PUBLIC_KEY', 'VAPID_PRIVATE_KEY')
  const keys =
    set === undefined
      ? await keptKeys(pool, security, env.clock.now())
      : { publicKey: set.VAPID_PUBLIC_KEY, privateKey: set.VAPID_PRIVATE_KEY }
  const address = /[^\s@<>]+@[^\s@<>]+/.exec(s.MAIL_FROM)?.[0] ?? ''
  const mailer = openSmtp({
    ...{ url: s.SMTP_URL, from: s.MAIL_FROM, timeoutMs, connections: CONNECTIONS },
  })
  const pusher = openPush({
    ...{ ...keys, subject: `mailto:${address}`, timeoutMs, clock: env.clock },
    services: s.PUSH_SERVICES.split(',').map((service) => service.trim()),
  })
  const { figures } = env
  return {
    jobs,
    fields: security.fields,
    mailer: measuredSend(mailer, { provider: 'smtp', operation: 'SMTP send', figures }),
    pusher: measuredSend(pusher, { provider: 'webpush', operation: 'POST push', figures }),
    leaseMs: timeoutMs + BEGIN_MS,
    beginMs: BEGIN_MS,
    handed: new Handed(),
    read: (work) => inReading(pool, work),
    recipients: new Recipients(env.clock),
    site: s.PUBLIC_URL?.replace(/\/+$/, ''),
  }
}
