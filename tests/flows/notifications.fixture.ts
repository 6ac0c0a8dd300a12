// Notifications with a real mail server and a real push service beside it, both on this machine; accounts is played, so that
// people can change and vanish.

import { createECDH, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import { getUser, issueLink } from '@rialto/contracts/accounts/http.ts'
import { accountProblems } from '@rialto/contracts/accounts/problems.ts'
import { OrderProcessingCompleted } from '@rialto/contracts/orders/events.ts'
import type { Envelope } from '@rialto/kernel/pure/envelope.ts'
import { Unavailable } from '@rialto/kernel/pure/failure.ts'
import { Problem } from '@rialto/kernel/pure/problem.ts'
import { isoInstant } from '@rialto/kernel/pure/time.ts'
import { query, reply } from '@rialto/kernel/service/feature.ts'
import type { JobDefinition, Service } from '@rialto/kernel/service/service.ts'
import { type TestHost, testHost, testUser } from '@rialto/kernel/testing/host.ts'
import { testIds } from '@rialto/kernel/testing/ids.ts'
import { notifications } from '@rialto/notifications/service.ts'
import { type Mailbox, openMailbox } from '@rialto/sandbox/mailbox/server.ts'

export const ids = testIds(21)
export const [anna, boris] = [testUser(ids.next('usr')), testUser(ids.next('usr'))]
const jobs = notifications.jobs as readonly JobDefinition<undefined>[]

export interface Person {
  email: string
  locale: 'ru' | 'en'
  name: string
}

export interface Office extends TestHost {
  readonly mailbox: Mailbox
  readonly people: Map<string, Person>
  /** How often accounts was asked; `down` makes it unavailable. */
  readonly accounts: { asked: number; isDown: boolean }
  hear(event: Envelope): Promise<unknown>
  hearTogether(events: readonly Envelope[]): Promise<unknown>
  /** One run of the sending jobs: of what was handed over in this process, then of what is due. */
  send(): Promise<void>
  /** The same of what is due alone, as another process does it. */
  sweep(): Promise<void>
  paid(orderId: string, more?: { userId?: string; title?: string }): Envelope
  rows(): Promise<Record<string, unknown>[]>
}

function accountsPlayed(people: Office['people'], accounts: Office['accounts']): Service {
  const user = query(getUser, async ({ input }) => {
    accounts.asked += 1
    if (accounts.isDown) throw new Unavailable('accounts rests')
    const person = people.get(input.params.user_id)
    if (person === undefined) throw new Problem(accountProblems.unknown_user)
    return reply(200, {
      ...{ user_id: input.params.user_id, email: person.email, display_name: person.name },
      ...{ region: 'RU', locale: person.locale, tier: 'standard' as const },
      ...{ roles: ['customer' as const], email_verified: true, created_at: isoInstant(0) },
    })
  })
  const link = query(issueLink, async ({ input: { body } }) =>
    reply(200, { token: `secret-to-${body.purpose}`, expires_at: isoInstant(0) }),
  )
  return {
    ...{ name: 'accounts', participant: 'UserService', features: [user, link] },
    ...{ handlers: [], jobs: [], uses: [], publishes: [], problems: {} },
  }
}

export async function openOffice(
  t: TestContext,
  settings: Readonly<Record<string, string>> = {},
): Promise<Office> {
  const people: Office['people'] = new Map([
    [anna.id, { email: 'anna@example.org', locale: 'ru', name: 'Анна' }],
    [boris.id, { email: 'boris@example.org', locale: 'en', name: 'Boris' }],
  ])
  const accounts = { asked: 0, isDown: false }
  const mailbox = await openMailbox({ clock: { now: () => 0 } })
  t.after(() => mailbox.close())
  const host = await testHost(t, {
    services: [accountsPlayed(people, accounts), notifications],
    settings: { SMTP_URL: mailbox.smtpUrl, ...settings },
  })
  return {
    ...host,
    ...{ mailbox, people, accounts },
    hear: (event) => host.deliver(notifications, event),
    hearTogether: (events) => host.deliverTogether(notifications, events),
    async send() {
      for (const job of jobs) await host.runJob(notifications, job)
    },
    sweep: () => host.runJob(notifications, jobs.at(-1) as JobDefinition<undefined>),
    paid: (orderId, { userId = anna.id, title = 'Salt & Signal' } = {}) =>
      host.event(
        OrderProcessingCompleted,
        {
          ...{ order_id: orderId, user_id: userId, total_amount: 79_900, currency: 'RUB' },
          completed_at: isoInstant(host.clock.now()),
          items: [
            {
              ...{ line_id: ids.next('lin'), product_id: ids.next('prd'), title, quantity: 1 },
              ...{ amount: 79_900, list_amount: 99_900, tax_code: 'vat22', developer_id: 'd' },
            },
          ],
        },
        { flow: orderId },
      ),
    async rows() {
      const { rows } = await host.db.pool.query(
        'select * from notifications.messages order by created_at, message_id',
      )
      return rows
    },
  }
}

export interface PushReceived {
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly bytes: number
}

export interface PushServer {
  readonly url: string
  readonly received: PushReceived[]
  /** Status of the next answers. */
  status: number
}

/** A push service as a browser's maker runs one. */
export async function openPushServer(t: TestContext): Promise<PushServer> {
  const received: PushReceived[] = []
  const service = { url: '', received, status: 201 }
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const headers = request.headers as Record<string, string | undefined>
      received.push({ headers, bytes: Buffer.concat(chunks).length })
      response.statusCode = service.status
      response.end()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  service.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return service
}

/** What a browser hands over when its person agrees. */
export function browserAt(origin: string, name: string) {
  const ecdh = createECDH('prime256v1')
  ecdh.generateKeys()
  return {
    endpoint: `${origin}/send/${name}`,
    expirationTime: null,
    keys: {
      p256dh: ecdh.getPublicKey().toString('base64url'),
      auth: randomBytes(16).toString('base64url'),
    },
  }
}
