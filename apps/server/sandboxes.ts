// The outside world played in this process, part by part where nothing real is configured: the payment provider, the fiscal
// register and the mail server. What they keep survives a kill of the platform in journals beside each other.

import { dirname, join } from 'node:path'
import type { PlatformConfig } from '@rialto/kernel/config/platform.ts'
import type { Logger } from '@rialto/kernel/observability/log.ts'
import type { Clock } from '@rialto/kernel/pure/time.ts'
import { type Atol, openAtol } from '@rialto/sandbox/atol/server.ts'
import { type Mailbox, openMailbox } from '@rialto/sandbox/mailbox/server.ts'
import { openYooKassa, type YooKassa } from '@rialto/sandbox/yookassa/server.ts'

export const SHOP = { shopId: '100500', secretKey: 'test_sandbox_only' } as const
export const REGISTER = {
  login: 'sandbox',
  password: 'sandbox_only',
  group: 'sandbox_group',
} as const
/** A seller that is none. */
export const COMPANY = {
  COMPANY_EMAIL: 'receipts@rialto.example',
  COMPANY_INN: '0000000000',
  COMPANY_SITE: 'https://rialto.example',
} as const

type Settings = Readonly<Record<string, string | undefined>>

export interface SandboxOptions {
  readonly config: PlatformConfig
  readonly clock: Clock
  readonly log: Logger
  /** Where the provider keeps its books; the others' stand beside them. Absent: in memory. */
  readonly journal: string | undefined
}

export interface Sandboxes {
  readonly yookassa: YooKassa | undefined
  readonly atol: Atol | undefined
  readonly mailbox: Mailbox | undefined
  /** The settings with which the services reach all of them, played or real. */
  readonly settings: Settings
  /** Tells them where to call back. */
  connect(gatewayUrl: string): void
  close(): Promise<void>
}

const beside = (journal: string | undefined, name: string): { journal?: string } =>
  journal === undefined ? {} : { journal: join(dirname(journal), name) }

const openRegister = ({ clock, log, journal }: SandboxOptions): Promise<Atol> =>
  openAtol({ clock, log, ...REGISTER, ...beside(journal, 'atol.journal') })

const openPost = ({ clock, journal }: SandboxOptions): Promise<Mailbox> =>
  openMailbox({ clock, ...beside(journal, 'mailbox.journal') })

type Played = Pick<Sandboxes, 'yookassa' | 'atol' | 'mailbox'>

function settingsOf(config: PlatformConfig, { yookassa, atol, mailbox }: Played): Settings {
  const shop = yookassa === undefined ? config.yookassa : { url: yookassa.url, ...SHOP }
  const register = atol === undefined ? config.atol : { url: atol.url, ...REGISTER }
  return {
    YOOKASSA_URL: shop?.url,
    YOOKASSA_SHOP_ID: shop?.shopId,
    YOOKASSA_SECRET_KEY: shop?.secretKey,
    ATOL_URL: register?.url,
    ATOL_LOGIN: register?.login,
    ATOL_PASSWORD: register?.password,
    ATOL_GROUP: register?.group,
    ...(atol === undefined ? {} : COMPANY),
    SMTP_URL: mailbox?.smtpUrl ?? config.smtpUrl,
  }
}

/** Plays nothing: only what is configured is there. */
export const realParts = (config: PlatformConfig): Sandboxes => {
  const played = { yookassa: undefined, atol: undefined, mailbox: undefined }
  return {
    ...played,
    settings: settingsOf(config, played),
    connect: () => undefined,
    close: async () => undefined,
  }
}

/** Nothing of a real shop is configured: whoever starts it expects a sandbox. */
const isTrial = ({ demoData, databaseUrl, yookassa, atol, smtpUrl }: PlatformConfig): boolean =>
  demoData && [databaseUrl, yookassa, atol, smtpUrl].every((real) => real === undefined)

/** A setting that was forgotten must not look like a shop that sells. */
function warnOf({ config, log }: SandboxOptions, { yookassa, atol, mailbox }: Played): void {
  if (isTrial(config)) return
  const parts: readonly (readonly [unknown, string])[] = [
    [yookassa, 'YOOKASSA_URL is not set: payments go to a simulated provider and move no money'],
    [atol, 'ATOL_URL is not set: receipts go to a simulated fiscal register and are not valid'],
    [mailbox, 'SMTP_URL is not set: mails are kept in a mailbox here and reach nobody'],
  ]
  for (const [played, words] of parts) if (played !== undefined) log.warn({}, words)
}

/** Opens what is not configured. */
export async function openSandboxes(options: SandboxOptions): Promise<Sandboxes> {
  const { config, clock, log, journal } = options
  const books = journal === undefined ? {} : { journal }
  const yookassa =
    config.yookassa === undefined
      ? await openYooKassa({ clock, ...SHOP, log, ...books })
      : undefined
  const atol = config.atol === undefined ? await openRegister(options) : undefined
  const mailbox = config.smtpUrl === undefined ? await openPost(options) : undefined
  const played = { yookassa, atol, mailbox }
  warnOf(options, played)
  return {
    ...played,
    settings: settingsOf(config, played),
    connect(gatewayUrl) {
      yookassa?.control.setNotificationUrl(`${gatewayUrl}/webhooks/yookassa`)
      atol?.control.setCallbackUrl(`${gatewayUrl}/webhooks/atol`)
    },
    async close() {
      await yookassa?.close()
      await atol?.close()
      await mailbox?.close()
    },
  }
}
