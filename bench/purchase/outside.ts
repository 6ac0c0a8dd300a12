// Everything outside the platform, played in the bench's own process, so that none of it counts as the platform's work: the
// provider, the fiscal register, the mail server and the browsers' push service.

import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { systemClock } from '@rialto/kernel/host/clock.ts'
import { openAtol } from '@rialto/sandbox/atol/server.ts'
import { openMailbox } from '@rialto/sandbox/mailbox/server.ts'
import { openYooKassa } from '@rialto/sandbox/yookassa/server.ts'

const SHOP = { shopId: '100500', secretKey: 'test_sandbox_only' } as const
const REGISTER = { login: 'sandbox', password: 'sandbox_only', group: 'sandbox_group' } as const
/** The box must not become the largest thing in memory. */
const MAILS_KEPT = 100

export interface Outside {
  /** The settings with which the platform reaches all of it. */
  readonly settings: Readonly<Record<string, string>>
  /** A browser's address at the push service. */
  readonly pushUrl: string
  /** Messages that the push service took. */
  readonly pushed: number
  connect(gatewayUrl: string): void
  /** The payer pays at the provider. */
  pay(providerPaymentId: string): void
  close(): Promise<void>
}

export async function openOutside(): Promise<Outside> {
  const clock = systemClock
  const yookassa = await openYooKassa({ clock, ...SHOP })
  const atol = await openAtol({ clock, ...REGISTER })
  const mailbox = await openMailbox({ clock, keptMax: MAILS_KEPT })
  let pushed = 0
  const push = createServer((request, response) => {
    pushed += 1
    request.resume().on('end', () => response.writeHead(201).end())
  }).listen(0, '127.0.0.1')
  await once(push, 'listening')
  const pushUrl = `http://127.0.0.1:${(push.address() as AddressInfo).port}`
  return {
    pushUrl: `${pushUrl}/browser`,
    get pushed() {
      return pushed
    },
    settings: {
      YOOKASSA_URL: yookassa.url,
      YOOKASSA_SHOP_ID: SHOP.shopId,
      YOOKASSA_SECRET_KEY: SHOP.secretKey,
      ATOL_URL: atol.url,
      ATOL_LOGIN: REGISTER.login,
      ATOL_PASSWORD: REGISTER.password,
      ATOL_GROUP: REGISTER.group,
      COMPANY_EMAIL: 'receipts@rialto.example',
      COMPANY_INN: '0000000000',
      COMPANY_SITE: 'https://rialto.example',
      SMTP_URL: mailbox.smtpUrl,
      PUSH_SERVICES: pushUrl,
      // The provider is played, which the platform cannot know.
      DEMO_DATA: 'true',
    },
    connect(gatewayUrl) {
      yookassa.control.setNotificationUrl(`${gatewayUrl}/webhooks/yookassa`)
      atol.control.setCallbackUrl(`${gatewayUrl}/webhooks/atol`)
    },
    pay: (id) => void yookassa.control.pay(id),
    async close() {
      push.close()
      push.closeAllConnections()
      await Promise.all([yookassa.close(), atol.close(), mailbox.close()])
    },
  }
}
