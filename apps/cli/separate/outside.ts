// The outside world of a fleet, played in one more process: every member reaches the same provider, register and mail server, as
// the members of a deployment do.

import { fileURLToPath } from 'node:url'
import { processEnvironment } from '@rialto/kernel/config/environment.ts'
import { COMPANY, REGISTER, SHOP } from '@rialto/server/sandboxes.ts'
import { request } from 'undici'
import { launch } from './member.ts'

const CHILD = fileURLToPath(new URL('./outside-child.ts', import.meta.url))

export interface Outside {
  /** With which the services reach it. */
  readonly settings: Readonly<Record<string, string>>
  /** Tells provider and register where the gateway is. */
  connect(gatewayUrl: string): Promise<void>
  close(): Promise<void>
}

async function tell(address: string, url: string): Promise<void> {
  const { statusCode, body } = await request(address, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ url }),
  })
  const text = await body.text()
  if (statusCode >= 300) throw new Error(`${address} answered ${statusCode}: ${text}`)
}

/** Starts it on free ports; its books go with `dataDir`. */
export async function launchOutside(dataDir: string): Promise<Outside> {
  const ports = ['PAYMENTS', 'REGISTER', 'MAILBOX', 'SMTP'].map((name) => [
    `SANDBOX_${name}_PORT`,
    '0',
  ])
  const { PATH = '' } = processEnvironment()
  const env = { PATH, DATA_DIR: dataDir, LOG_LEVEL: 'error', ...Object.fromEntries(ports) }
  let words = ''
  const { child, death, ready } = launch(CHILD, env, (part) => {
    words += String(part)
  })
  const at = await ready
  if (!('ready' in at)) throw new Error(`the sandboxes did not start:\n${words}`)
  const payments = String(at.payments)
  const register = String(at.register)
  return {
    settings: {
      YOOKASSA_URL: payments,
      YOOKASSA_SHOP_ID: SHOP.shopId,
      YOOKASSA_SECRET_KEY: SHOP.secretKey,
      ATOL_URL: register,
      ATOL_LOGIN: REGISTER.login,
      ATOL_PASSWORD: REGISTER.password,
      ATOL_GROUP: REGISTER.group,
      ...COMPANY,
      SMTP_URL: String(at.smtp),
    },
    async connect(gatewayUrl) {
      await tell(`${payments}/sandbox/notification-url`, `${gatewayUrl}/webhooks/yookassa`)
      await tell(`${register}/sandbox/callback-url`, `${gatewayUrl}/webhooks/atol`)
    },
    async close() {
      child.kill('SIGTERM')
      await death
    },
  }
}
