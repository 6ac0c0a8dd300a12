// Fiscal receipts against the sandbox of the register, over real HTTP both ways. Payments are put into the tables as completed,
// so that a test can begin where the receipts do; accounts is a stand-in that knows the buyer's address.

import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { getUser } from '@rialto/contracts/accounts/http.ts'
import { accountProblems } from '@rialto/contracts/accounts/problems.ts'
import { PaymentRefunded, PaymentStatusUpdated } from '@rialto/contracts/payments/events.ts'
import { getReceipt } from '@rialto/contracts/payments/receipts.ts'
import { inTransaction } from '@rialto/kernel/db/transaction.ts'
import { openHttp } from '@rialto/kernel/http/server.ts'
import type { Envelope } from '@rialto/kernel/pure/envelope.ts'
import { Problem } from '@rialto/kernel/pure/problem.ts'
import { isoInstant, SECOND } from '@rialto/kernel/pure/time.ts'
import { anonymous } from '@rialto/kernel/service/context.ts'
import { query, reply } from '@rialto/kernel/service/feature.ts'
import type { Service } from '@rialto/kernel/service/service.ts'
import { testClock } from '@rialto/kernel/testing/clock.ts'
import { type Answer, type TestHost, testHost, testUser } from '@rialto/kernel/testing/host.ts'
import { testIds } from '@rialto/kernel/testing/ids.ts'
import { payments } from '@rialto/payments/service.ts'
import { type Atol, openAtol } from '@rialto/sandbox/atol/server.ts'

const ACCOUNT = { login: 'shop', password: 'secret', group: 'main_group' }
const COMPANY = { email: 'shop@example.com', inn: '5010051677', site: 'https://shop.example' }
const ids = testIds(6)
export const [anna, boris] = [testUser(ids.next('usr')), testUser(ids.next('usr'))]
export const operator = testUser(ids.next('usr'), 'operator')
export const RECEIPT = 'payment.fiscal.receipt.status.updated.v1'

export interface Paid {
  readonly paymentId: string
  readonly orderId: string
  readonly amountMinor: number
  readonly event: Envelope
}
export interface Line {
  readonly title?: string
  readonly quantity?: number
  readonly amount: number
}

export interface FiscalTill extends TestHost {
  readonly ofd: Atol
  readonly url: string
  /** A completed payment of these lines, of which nobody has heard yet. */
  pay(lines: readonly Line[], more?: { currency?: string; userId?: string }): Promise<Paid>
  /** The same, told to all. */
  paid(lines?: readonly Line[]): Promise<Paid>
  refund(paid: Paid, amountMinor: number): Promise<string>
  publish(event: Envelope): Promise<void>
  /** State and attempt of a payment's receipts, the sale's first. */
  states(paid: Paid): Promise<string[]>
  until(paid: Paid, states: readonly string[]): Promise<void>
  /** Lets time pass and has the sweep look; both until the receipts are in these states. */
  later(ms: number): Promise<void>
  eventually(paid: Paid, states: readonly string[]): Promise<void>
  receipt(paid: Paid, caller?: typeof anna): Promise<Answer>
  callback(body: unknown): Promise<{ status: number; body: string }>
  /** What was published about a payment's receipts. */
  told(paid: Paid): Promise<Record<string, unknown>[]>
  /** Documents at the register for a payment: of each name, how it ended. */
  documents(paid: Paid): Promise<string[]>
}

function accountsStandIn(email: string): Service {
  const read = query(getUser, async ({ input: { params } }) => {
    if (params.user_id !== anna.id) throw new Problem(accountProblems.unknown_user)
    return reply(200, {
      ...{ user_id: params.user_id, email, display_name: 'Anna' },
      ...{ region: 'RU', locale: 'ru' as const, tier: 'standard' as const },
      ...{ roles: ['customer' as const], email_verified: true, created_at: isoInstant(0) },
    })
  })
  return {
    ...{ name: 'accounts', participant: 'UserService', migrations: new URL('./', import.meta.url) },
    ...{ features: [read], handlers: [], jobs: [], uses: [], publishes: [], problems: {} },
  }
}

const sweep = payments.jobs.find((job) => job.name === 'payments.sweep-receipts')

export async function openFiscalTill(
  t: TestContext,
  options: {
    timeout?: string
    processingMs?: number
    atol?: Partial<typeof ACCOUNT>
    /** The buyer's. */
    email?: string
  } = {},
): Promise<FiscalTill> {
  assert.ok(sweep)
  const clock = testClock()
  const { processingMs = 0, email = 'anna@example.com' } = options
  const ofd = await openAtol({ clock, ...ACCOUNT, seed: 'till', processingMs })
  t.after(() => ofd.close())
  const account = { ...ACCOUNT, ...options.atol }
  const host = await testHost(t, {
    clock,
    services: [payments, accountsStandIn(email)],
    settings: {
      ...{ YOOKASSA_URL: 'http://127.0.0.1:9', YOOKASSA_SHOP_ID: '1', YOOKASSA_SECRET_KEY: 'k' },
      ...{ ATOL_URL: ofd.url, ATOL_LOGIN: account.login, ATOL_PASSWORD: account.password },
      ...{ ATOL_GROUP: account.group, ATOL_TIMEOUT: options.timeout ?? '5s' },
      ...{ COMPANY_EMAIL: COMPANY.email, COMPANY_INN: COMPANY.inn, COMPANY_SITE: COMPANY.site },
    },
  })
  await host.host.start()
  const mounted = host.host.mounted.get('payments')
  const edge = await openHttp({
    mounted: mounted === undefined ? [] : [mounted],
    authenticate: () => Promise.resolve(anonymous),
    env: host.env,
    internal: false,
    port: 0,
  })
  t.after(() => edge.close())
  ofd.control.setCallbackUrl(`${edge.url}/webhooks/atol`)
  return { ...host, ofd, url: edge.url, ...moneyOf(host), ...looksOf(host, { ofd, url: edge.url }) }
}

/** What happens to the money. */
function moneyOf(host: TestHost) {
  const publish = async (event: Envelope): Promise<void> => {
    const { writer } = host.host
    const last = () => writer.append([event])
    await inTransaction(host.db.pool, () => Promise.resolve(), { last })
    host.host.committed([event])
  }
  const pay: FiscalTill['pay'] = async (lines, { currency = 'RUB', userId = anna.id } = {}) => {
    const [paymentId, orderId] = [ids.next('pay'), ids.next('ord')]
    const amountMinor = lines.reduce((sum, { amount }) => sum + amount, 0)
    const items = lines.map((line) => ({ title: 'Игра', quantity: 1, tax_code: 'vat22', ...line }))
    await host.db.pool.query(
      `insert into payments.payments (payment_id, order_id, user_id, channel, kind, status, amount_minor, currency,
         receipt_items, created_at, completed_at)
       values ($1, $2, $3, 'online', 'purchase', 'completed', $4, $5, $6, now(), now())`,
      [paymentId, orderId, userId, amountMinor, currency, JSON.stringify(items)],
    )
    const data = {
      ...{ transaction_id: paymentId, order_id: orderId, user_id: userId, amount: amountMinor },
      ...{ currency, old_status: 'processing' as const, new_status: 'completed' as const },
      ...{ updated_at: isoInstant(host.clock.now()), late: false },
    }
    return {
      paymentId,
      orderId,
      amountMinor,
      event: host.event(PaymentStatusUpdated, data, { flow: orderId }),
    }
  }
  return {
    publish,
    pay,
    async paid(lines: readonly Line[] = [{ amount: 79_900 }]) {
      const made = await pay(lines)
      await publish(made.event)
      return made
    },
    async refund({ paymentId, orderId }: Paid, amount: number) {
      const refundId = ids.next('rfd')
      const about = { payment_id: paymentId, refund_id: refundId, order_id: orderId, amount }
      await publish(
        host.event(PaymentRefunded, {
          ...{ ...about, user_id: anna.id, currency: 'RUB', reason: 'asked for', late: false },
          destination: 'original',
        }),
      )
      return refundId
    },
  }
}

const statesSql = `select state || '/' || attempt as s from payments.receipts
  where payment_id = $1 order by kind desc, created_at, receipt_id`

/** Lets everything else in this process go on. */
export const tick = () => new Promise((resolve) => setImmediate(resolve))

function looksOf(host: TestHost, { ofd, url }: { ofd: Atol; url: string }) {
  const states = async ({ paymentId }: Paid): Promise<string[]> =>
    (await host.db.pool.query(statesSql, [paymentId])).rows.map((row) => row.s as string)
  const holds = async (paid: Paid, wanted: readonly string[]): Promise<boolean> =>
    (await states(paid)).join() === wanted.join()
  const later = async (ms: number): Promise<void> => {
    host.clock.advance(ms)
    if (sweep !== undefined) await host.runJob(payments, sweep)
  }
  return {
    states,
    later,
    async until(paid: Paid, wanted: readonly string[]) {
      while (!(await holds(paid, wanted))) await tick()
    },
    async eventually(paid: Paid, wanted: readonly string[]) {
      const { busy } = host.host.parts.get('payments') as { readonly busy: ReadonlySet<string> }
      while (!(await holds(paid, wanted))) {
        // No time goes by while the register is asked, and a minute, for which a receipt is claimed, takes half a second: else a slow
        // machine sends twice what it has not yet sent, and a second send is another story.
        await pause(40)
        while (busy.size > 0) await tick()
        await later(5 * SECOND)
        await ofd.control.advance(0)
        await tick()
      }
    },
    receipt: ({ paymentId }: Paid, caller = anna) =>
      host.call(getReceipt, { caller, params: { transaction_id: paymentId } }),
    async callback(body: unknown) {
      const answer = await fetch(`${url}/webhooks/atol`, {
        method: 'POST',
        headers: { 'content-type': typeof body === 'string' ? 'text/plain' : 'application/json' },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      })
      return { status: answer.status, body: await answer.text() }
    },
    async told({ paymentId }: Paid) {
      const all = (await host.published()).filter((event) => event.type === RECEIPT)
      return all.map(({ data }) => data).filter((data) => data.transaction_id === paymentId)
    },
    async documents({ paymentId }: Paid) {
      const { rows } = await host.db.pool.query(
        'select receipt_id from payments.receipts where payment_id = $1',
        [paymentId],
      )
      return ofd.control
        .books()
        .documents.filter((d) => rows.some((row) => d.externalId.startsWith(`${row.receipt_id}-`)))
        .map((d) => `${d.operation}-${d.externalId.split('-')[1]} ${d.status}`)
    },
  }
}

export const DONE = ['fiscalized_success/1']
/** What was told of a payment’s receipts, in order. */
export const statuses = async (till: FiscalTill, paid: Paid) =>
  (await till.told(paid)).map(({ status }) => status)

/** I10: the register's own books have one document for the money of each payment, and ours the same. */
export async function booksAgree(till: FiscalTill, all: readonly Paid[]): Promise<void> {
  const { documents, totals } = till.ofd.control.books()
  const done = documents.filter(({ status }) => status === 'done')
  assert.equal(done.length, all.length)
  assert.equal(
    totals.sellMinor,
    all.reduce((sum, { amountMinor }) => sum + amountMinor, 0),
  )
  const { rows } = await till.db.pool.query(
    'select fiscal_document_number as fd, amount_minor::int as amount from payments.receipts order by fiscal_document_number::int',
  )
  const theirs = done.map((d) => ({ fd: String(d.fiscal?.documentNumber), amount: d.totalMinor }))
  assert.deepEqual(
    rows,
    theirs.sort((a, b) => Number(a.fd) - Number(b.fd)),
  )
}
