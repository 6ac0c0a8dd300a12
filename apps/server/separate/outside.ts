// The outside world played in a process of its own, for processes that share one: the payment provider, the fiscal register and
// the mail server of the sandbox, each on its port. What they keep lies in journals in the data directory, so a killed one finds
// its books again. Never beside real money: it has the sandbox's credentials unless told others, and says so on every page.

import { join } from 'node:path'
import { optional, parseSettings, secret } from '@rialto/kernel/config/settings.ts'
import { systemClock } from '@rialto/kernel/host/clock.ts'
import { type Logger, openLog } from '@rialto/kernel/observability/log.ts'
import { openAtol } from '@rialto/sandbox/atol/server.ts'
import { openMailbox } from '@rialto/sandbox/mailbox/server.ts'
import { openYooKassa } from '@rialto/sandbox/yookassa/server.ts'
import Type, { type Static } from 'typebox'
import { REGISTER, SHOP } from '../sandboxes.ts'

const port = (value: number, what: string) =>
  Type.Integer({
    minimum: 0,
    maximum: 65_535,
    default: value,
    description: `port of ${what}; 0 picks a free one`,
  })
const address = (description: string) =>
  Type.Optional(Type.String({ pattern: '^https?://[^\\s/]+/?$', description }))

/** Settings of `rialto sandbox`. The credentials are those that the services are given, by the same names. */
export const outsideSettings = Type.Object({
  HOST: Type.String({ default: '127.0.0.1', description: 'address to listen on' }),
  DATA_DIR: Type.String({ default: '.rialto', description: 'folder of the journals' }),
  LOG_LEVEL: Type.String({
    pattern: '^(debug|info|warn|error|silent)$',
    default: 'warn',
    description: 'least severe line to write',
  }),
  SANDBOX_PAYMENTS_PORT: port(4_501, 'the payment provider: its API and the payer’s page'),
  SANDBOX_REGISTER_PORT: port(4_502, 'the fiscal register'),
  SANDBOX_MAILBOX_PORT: port(4_503, 'the mailbox’s pages'),
  SANDBOX_SMTP_PORT: port(4_504, 'the mail server'),
  SANDBOX_CALLBACK_URL: address('the gateway, whom provider and register tell what happened'),
  SANDBOX_PAYMENTS_PUBLIC_URL: address(
    'where payers’ browsers reach the provider; absent: where it listens',
  ),
  SANDBOX_REGISTER_PUBLIC_URL: address(
    'where browsers reach the receipts; absent: where it listens',
  ),
  YOOKASSA_SHOP_ID: Type.String({ default: SHOP.shopId, description: 'shop id it accepts' }),
  YOOKASSA_SECRET_KEY: {
    ...secret({ description: 'secret key it accepts' }),
    default: SHOP.secretKey,
  },
  ATOL_LOGIN: Type.String({ default: REGISTER.login, description: 'login it accepts' }),
  ATOL_PASSWORD: { ...secret({ description: 'password it accepts' }), default: REGISTER.password },
  ATOL_GROUP: Type.String({ default: REGISTER.group, description: 'group code it accepts' }),
})

type Settings = Readonly<Static<typeof outsideSettings>>

export interface Outside {
  /** Where each part is. */
  readonly at: {
    readonly payments: string
    readonly register: string
    readonly mailbox: string
    readonly smtp: string
  }
  readonly log: Logger
  close(): Promise<void>
}

const origin = (url: string | undefined): string | undefined =>
  url === undefined ? undefined : new URL(url).origin

function openProvider(s: Settings, log: Logger) {
  const gateway = origin(s.SANDBOX_CALLBACK_URL)
  return openYooKassa({
    ...{ clock: systemClock, log, host: s.HOST, port: s.SANDBOX_PAYMENTS_PORT },
    ...{ shopId: s.YOOKASSA_SHOP_ID, secretKey: s.YOOKASSA_SECRET_KEY },
    journal: join(s.DATA_DIR, 'yookassa.journal'),
    ...optional('publicUrl', origin(s.SANDBOX_PAYMENTS_PUBLIC_URL)),
    ...optional('notificationUrl', gateway && `${gateway}/webhooks/yookassa`),
  })
}

function openRegister(s: Settings, log: Logger) {
  const gateway = origin(s.SANDBOX_CALLBACK_URL)
  return openAtol({
    ...{ clock: systemClock, log, host: s.HOST, port: s.SANDBOX_REGISTER_PORT },
    ...{ login: s.ATOL_LOGIN, password: s.ATOL_PASSWORD, group: s.ATOL_GROUP },
    journal: join(s.DATA_DIR, 'atol.journal'),
    ...optional('publicUrl', origin(s.SANDBOX_REGISTER_PUBLIC_URL)),
    ...optional('callbackUrl', gateway && `${gateway}/webhooks/atol`),
  })
}

/** Opens all of it; resolves when it takes calls. Throws `BadSettings`. */
export async function openOutside(
  settings: Readonly<Record<string, string | undefined>>,
): Promise<Outside> {
  const s = parseSettings(outsideSettings, settings)
  const log = openLog({ level: s.LOG_LEVEL as 'warn' })
  const opened: { close(): Promise<void> }[] = []
  const close = async (): Promise<void> => {
    await Promise.all(opened.map((part) => part.close()))
  }
  const keep = async <T extends { close(): Promise<void> }>(part: Promise<T>): Promise<T> => {
    opened.push(await part)
    return part
  }
  try {
    const payments = await keep(openProvider(s, log))
    const register = await keep(openRegister(s, log))
    const mailbox = await keep(
      openMailbox({
        ...{ clock: systemClock, host: s.HOST, port: s.SANDBOX_MAILBOX_PORT },
        ...{ smtpPort: s.SANDBOX_SMTP_PORT, journal: join(s.DATA_DIR, 'mailbox.journal') },
      }),
    )
    return {
      at: {
        payments: payments.url,
        register: register.url,
        mailbox: mailbox.url,
        smtp: mailbox.smtpUrl,
      },
      log,
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}
