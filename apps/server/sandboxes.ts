// The outside world played in this process, part by part where nothing real is configured: the payment provider and the fiscal
// register. What they keep survives a kill of the platform in journals beside each other.

import { dirname, join } from 'node:path'
import type { PlatformConfig } from '@rialto/kernel/config/platform.ts'
import type { Logger } from '@rialto/kernel/observability/log.ts'
import type { Clock } from '@rialto/kernel/pure/time.ts'
import { type Atol, openAtol } from '@rialto/sandbox/atol/server.ts'
import { openYooKassa, type YooKassa } from '@rialto/sandbox/yookassa/server.ts'

const SHOP = { shopId: '100500', secretKey: 'test_sandbox_only' } as const
const REGISTER = { login: 'sandbox', password: 'sandbox_only', group: 'sandbox_group' } as const
/** A seller that is none. */
const COMPANY = {
  COMPANY_EMAIL: 'receipts@rialto.example',
  COMPANY_INN: '0000000000',
  COMPANY_SITE: 'https://rialto.example',
} as const

type Settings = Readonly<Record<string, string | undefined>>

export interface SandboxOptions {
  readonly config: PlatformConfig
  readonly clock: Clock
  readonly log: Logger
  /** Where the provider keeps its books; the register's stand beside them. Absent: in memory. */
  readonly journal: string | undefined
}

export interface Sandboxes {
  readonly yookassa: YooKassa | undefined
  readonly atol: Atol | undefined
  /** The settings with which the services reach the provider and the register, played or real. */
  readonly settings: Settings
  /** Tells them where to call back. */
  connect(gatewayUrl: string): void
  close(): Promise<void>
}

async function openRegister({ clock, log, journal }: SandboxOptions): Promise<Atol> {
  const books = journal === undefined ? {} : { journal: join(dirname(journal), 'atol.journal') }
  return openAtol({ clock, log, ...REGISTER, ...books })
}

function settingsOf(
  config: PlatformConfig,
  yookassa: YooKassa | undefined,
  atol: Atol | undefined,
): Settings {
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
  }
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
  if (yookassa === undefined && atol !== undefined)
    log.warn(
      {},
      'no fiscal register is configured: receipts go to a simulated one and are not valid',
    )
  return {
    yookassa,
    atol,
    settings: settingsOf(config, yookassa, atol),
    connect(gatewayUrl) {
      yookassa?.control.setNotificationUrl(`${gatewayUrl}/webhooks/yookassa`)
      atol?.control.setCallbackUrl(`${gatewayUrl}/webhooks/atol`)
    },
    async close() {
      await yookassa?.close()
      await atol?.close()
    },
  }
}
