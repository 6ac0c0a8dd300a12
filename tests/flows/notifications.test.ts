import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { UserLinkRequested, UserRegistered } from '@rialto/contracts/accounts/events.ts'
import { notificationStates } from '@rialto/contracts/notifications/states.ts'
import { OrderCanceled, OrderExpired } from '@rialto/contracts/orders/events.ts'
import { PaymentFailed, PaymentRefunded } from '@rialto/contracts/payments/events.ts'
import { lateReasons } from '@rialto/contracts/payments/late.ts'
import { FiscalReceiptStatusUpdated } from '@rialto/contracts/payments/receipts.ts'
import { statesOf } from '@rialto/kernel/pure/states.ts'
import { DAY, HOUR, isoInstant, MINUTE, SECOND } from '@rialto/kernel/pure/time.ts'
import { anna, boris, ids, type Office, openOffice } from './notifications.fixture.ts'

const TOLD = 'notification.message.status.updated.v1'
const order = () => ids.next('ord')
const toldOf = async (office: Office): Promise<Record<string, unknown>[]> =>
  (await office.published())
    .filter(({ type }) => type === TOLD)
    .map(({ data, headers }) => ({ ...data, flow: headers.flow }))
const states = async (office: Office) => (await office.rows()).map((row) => row.state)

describe('mail', { timeout: 280_000 }, () => {
  test('confirmation – a paid order – one mail in the buyer’s language, its record, steps and call in the order’s flow', async (t) => {
    const office = await openOffice(t)
    const orderId = order()
    const event = office.paid(orderId, { title: '<script>alert(1)</script>' })
    await office.hear(event)
    await office.send()
    const [mail, ...others] = office.mailbox.control.mails()
    assert.deepEqual(others, [])
    const [row] = await office.rows()
    assert.deepEqual(
      [mail?.to, mail?.subject.replace(/\s/g, ' '), mail?.messageId],
      [['anna@example.org'], 'Заказ оплачен: 799,00 ₽', `<${row?.message_id}@rialto.example>`],
    )
    const header = (name: string) => mail?.headers.find((h) => h.name.toLowerCase() === name)?.value
    assert.deepEqual(
      [header('auto-submitted'), header('content-language')],
      ['auto-generated', 'ru'],
    )
    assert.match(String(mail?.html), /&lt;script&gt;alert\(1\)&lt;\/script&gt;/)
    assert.doesNotMatch(String(mail?.html), /<script/)
    assert.match(String(mail?.text), /Здравствуйте, Анна![\s\S]*<script>alert\(1\)<\/script>/)
    const [told, ...more] = await toldOf(office)
    assert.deepEqual(more, [])
    assert.deepEqual(told, {
      ...{ message_id: row?.message_id, user_id: anna.id, template: 'order_confirmation' },
      ...{ channel: 'email', status: 'sent', order_id: orderId, attempt_count: 1, flow: orderId },
      updated_at: isoInstant(office.clock.now()),
    })
    const drawn = office.recorded.filter((i) => i.flow === orderId && i.from !== 'UserService')
    assert.deepEqual(
      drawn.map(({ kind, from, to, name, outcome, parent }) =>
        [kind, from, to, name, outcome, parent === event.id].join(' '),
      ),
      [
        'step NotificationSvc NotificationSvc notification:queued ok true',
        'call NotificationSvc UserService GET /internal/users/:user_id ok true',
        'call NotificationSvc Mail SMTP send ok true',
        'reply Mail NotificationSvc SMTP send 250 false',
        'step NotificationSvc NotificationSvc notification:sent ok true',
      ],
    )
  })

  test('every template – its event – a mail in the language of each reader, told once however often delivered', async (t) => {
    const office = await openOffice(t)
    const at = isoInstant(office.clock.now())
    const about = (user_id: string) => ({ order_id: order(), user_id, currency: 'RUB' })
    const events = [anna.id, boris.id].flatMap((user) => [
      office.paid(order(), { userId: user }),
      office.event(UserRegistered, { user_id: user, region: 'RU', registered_at: at }),
      office.event(PaymentFailed, {
        ...about(user),
        ...{ payment_intent_id: ids.next('pay'), amount: 100, error: 'insufficient_funds' },
      }),
      office.event(OrderExpired, { order_id: order(), user_id: user, expired_at: at }),
      office.event(OrderCanceled, { ...about(user), reason: 'payment_failed', refund_amount: 0 }),
      office.event(PaymentRefunded, {
        ...about(user),
        ...{ payment_id: ids.next('pay'), refund_id: ids.next('rfd'), amount: 100 },
        ...{ reason: 'late', destination: 'original' as const, late: true },
      }),
      office.event(FiscalReceiptStatusUpdated, {
        ...about(user),
        ...{ receipt_id: ids.next('rcp'), transaction_id: ids.next('pay'), amount: 79_900 },
        ...{ kind: 'sale' as const, status: 'fiscalized_success' as const, fn_number: '9999' },
      }),
    ])
    for (const event of [...events, ...events.toReversed()]) await office.hear(event)
    await Promise.all([office.send(), office.send()])
    await office.send()
    const { control } = office.mailbox
    const subjects = (to: string) =>
      control
        .mails(to)
        .map(({ subject }) => subject.replace(/\s/g, ' '))
        .sort()
    assert.deepEqual(subjects('anna@example.org'), [
      'Возврат 1,00 ₽',
      'Добро пожаловать в Rialto',
      'Заказ закрыт: время на оплату вышло',
      'Заказ оплачен: 799,00 ₽',
      'Заказ отменён',
      'Кассовый чек на 799,00 ₽',
      'Оплата 1,00 ₽ не прошла',
    ])
    assert.deepEqual(subjects('boris@example.org'), [
      'Fiscal receipt for RUB 799.00',
      'Order canceled',
      'Order closed: the time to pay ran out',
      'Order paid: RUB 799.00',
      'Refund of RUB 1.00',
      'Welcome to Rialto',
      'Your payment of RUB 1.00 did not succeed',
    ])
    assert.equal((await toldOf(office)).length, 14)
    // Seven mails each within a moment: accounts was not asked for each of them.
    assert.ok(office.accounts.asked < 14, `asked ${office.accounts.asked} times`)
  })

  test('money that came too late – for each reason of its event – the mail gives that one; asked for, none', async (t) => {
    const office = await openOffice(t)
    const refunded = (reason: string, late: boolean) =>
      office.event(PaymentRefunded, {
        ...{ order_id: order(), user_id: boris.id, currency: 'RUB', amount: 100, reason, late },
        ...{ payment_id: ids.next('pay'), refund_id: ids.next('rfd') },
        destination: 'original' as const,
      })
    for (const reason of [...lateReasons, 'a new one']) await office.hear(refunded(reason, true))
    await office.hear(refunded('asked for', false))
    await office.send()
    const given = ({ text }: { text: string }) => /^(.*), so we returned it/m.exec(text)?.[1] ?? ''
    assert.deepEqual(office.mailbox.control.mails('boris@example.org').map(given).sort(), [
      '',
      'The money came after the order was closed',
      'The money came after the payment had not succeeded',
      'The money came after the payment was canceled',
      'The money came by an attempt that another one, or a change of the order, had replaced',
      'The money came when nothing waited for it',
      'The money was for the order as it was before it changed',
    ])
  })

  test('links – a welcome, an address, a password – carry a secret that is in the mail and nowhere else', async (t) => {
    const office = await openOffice(t, { PUBLIC_URL: 'https://shop.example/' })
    const at = isoInstant(office.clock.now())
    const asked = { user_id: anna.id, requested_at: at }
    const events = [
      office.event(UserRegistered, { user_id: anna.id, region: 'RU', registered_at: at }),
      office.event(UserLinkRequested, { ...asked, purpose: 'verify_email' }),
      office.event(UserLinkRequested, { ...asked, purpose: 'reset_password' }),
    ]
    for (const event of events) await office.hear(event)
    await office.send()
    const links = office.mailbox.control
      .mails('anna@example.org')
      .map(({ text }) => /https:\S+token=\S+/.exec(text)?.[0])
    assert.deepEqual(links.sort(), [
      'https://shop.example/store/reset-password?token=secret-to-reset_password',
      'https://shop.example/store/verify-email?token=secret-to-verify_email',
      'https://shop.example/store/verify-email?token=secret-to-verify_email',
    ])
    const kept = JSON.stringify([await office.rows(), await office.published(), office.recorded])
    assert.ok(kept.includes('reset_password') && !kept.includes('secret-to'))
    const [again] = events.slice(1)
    await office.hear(again as (typeof events)[0])
    await office.send()
    assert.equal(office.mailbox.control.mails('anna@example.org').length, 3)
  })

  test('receipt – the register could not take it – nobody is told', async (t) => {
    const office = await openOffice(t)
    const failed = office.event(FiscalReceiptStatusUpdated, {
      ...{ receipt_id: ids.next('rcp'), transaction_id: ids.next('pay'), order_id: order() },
      ...{ user_id: anna.id, kind: 'sale', amount: 1, currency: 'RUB', status: 'failed' },
    })
    await office.hear(failed)
    assert.deepEqual(await office.rows(), [])
  })

  test('server down – then up – queued meanwhile with its reason, tried by the schedule, sent once', async (t) => {
    const office = await openOffice(t)
    const { mailbox, clock } = office
    mailbox.control.setDown(true)
    await office.hear(office.paid(order()))
    await office.send()
    const [down] = await office.rows()
    assert.deepEqual([down?.state, down?.attempts], ['queued', 1])
    assert.deepEqual(await toldOf(office), [])
    clock.advance(4 * SECOND)
    await office.send()
    assert.equal((await office.rows())[0]?.attempts, 1)
    mailbox.control.setDown(false)
    clock.advance(2 * SECOND)
    await office.send()
    assert.deepEqual(await states(office), ['sent'])
    assert.equal(mailbox.control.mails().length, 1)
    const [told] = await toldOf(office)
    assert.deepEqual([told?.status, told?.attempt_count], ['sent', 2])
    const replies = office.recorded.filter((i) => i.name === 'SMTP send' && i.kind === 'reply')
    assert.deepEqual(
      replies.map((i) => i.outcome),
      ['unreachable', '250'],
    )
  })

  test('server down for days – the schedule is used up – failed, told so, never tried again', async (t) => {
    const office = await openOffice(t)
    office.mailbox.control.setDown(true)
    const orderId = order()
    await office.hear(office.paid(orderId))
    for (let tries = 0; tries < 15; tries++) {
      await office.send()
      office.clock.advance(13 * HOUR)
    }
    const [row] = await office.rows()
    assert.deepEqual([row?.state, row?.reason, row?.attempts], ['failed', 'undeliverable', 11])
    const told = await toldOf(office)
    assert.deepEqual(
      told.map(({ status, reason, order_id }) => ({ status, reason, order_id })),
      [{ status: 'failed', reason: 'undeliverable', order_id: orderId }],
    )
    const steps = office.recorded.filter((i) => i.kind === 'step').map((i) => i.name)
    assert.deepEqual(steps, ['notification:queued', 'notification:failed'])
  })

  test('greylisted, rejected – the server’s word – tried again, failed at once; no address is kept', async (t) => {
    const office = await openOffice(t)
    const { control } = office.mailbox
    control.addFault({ kind: 'greylist', address: 'anna@example.org' })
    control.addFault({ kind: 'reject', address: 'boris@example.org' })
    await office.hear(office.paid(order()))
    await office.hear(office.paid(order(), { userId: boris.id }))
    await office.send()
    office.clock.advance(MINUTE)
    await office.send()
    const rows = await office.rows()
    assert.deepEqual(
      rows.map(({ user_id, state, reason }) => [user_id, state, reason]),
      [
        [anna.id, 'sent', null],
        [boris.id, 'failed', 'rejected'],
      ],
    )
    assert.match(String(rows[1]?.answer), /550 5\.1\.1 <\[address\]> No such mailbox/)
    const raw = JSON.stringify(rows)
    for (const personal of ['anna@', 'boris@', 'Анна', 'Boris']) assert.ok(!raw.includes(personal))
  })

  test('the server refuses our sender – that is about us, not about the mail – it waits, and goes out once when the server takes it', async (t) => {
    const office = await openOffice(t)
    office.mailbox.control.addFault({ kind: 'refuse_sender' })
    await office.hear(office.paid(order()))
    await office.send()
    assert.deepEqual(await states(office), ['queued'])
    office.clock.advance(MINUTE)
    await office.send()
    assert.deepEqual(await states(office), ['sent'])
    assert.equal(office.mailbox.control.mails().length, 1)
  })

  test('the yes is lost – the mail had arrived – sent again under the same Message-ID', async (t) => {
    const office = await openOffice(t)
    const { control } = office.mailbox
    control.addFault({ kind: 'lose_answer' })
    await office.hear(office.paid(order()))
    await office.send()
    assert.deepEqual(await states(office), ['queued'])
    office.clock.advance(MINUTE)
    await office.send()
    assert.deepEqual(await states(office), ['sent'])
    const names = control.mails().map(({ messageId }) => messageId)
    assert.equal(names.length, 2)
    assert.equal(names[0], names[1])
  })

  test('process dies between claim and result – its lease has run out – another sends it; a living one is left alone', async (t) => {
    const office = await openOffice(t)
    await office.hear(office.paid(order()))
    const [claimed] = await office.rows()
    assert.deepEqual([claimed?.state, claimed?.attempts], ['queued', 1])
    office.clock.advance(14 * SECOND)
    await office.sweep()
    // What this process held for too long is not its own to send any more.
    await office.send()
    assert.equal(office.mailbox.control.mails().length, 0)
    office.clock.advance(SECOND)
    await office.sweep()
    assert.equal(office.mailbox.control.mails().length, 1)
    assert.equal((await office.rows())[0]?.attempts, 2)
  })

  test('a burst – more than this process has room for – a part is claimed with its commit, the rest later; each goes out once', async (t) => {
    const office = await openOffice(t)
    await office.hearTogether(Array.from({ length: 120 }, () => office.paid(order())))
    const claimed = async () => (await office.rows()).filter(({ attempts }) => attempts === 1)
    assert.equal((await claimed()).length, 50)
    await office.sweep()
    assert.equal(office.mailbox.control.mails().length, 70)
    await office.send()
    assert.equal(office.mailbox.control.mails().length, 120)
    assert.equal((await claimed()).length, 120)
    assert.ok((await states(office)).every((state) => state === 'sent'))
  })

  test('recipient – erased, with a new address, accounts down – gone, the new one, no try spent', async (t) => {
    const office = await openOffice(t)
    const { people, accounts, clock } = office
    people.delete(boris.id)
    await office.hear(office.paid(order(), { userId: boris.id }))
    await office.hear(office.paid(order()))
    accounts.isDown = true
    for (let n = 0; n < 20; n++) {
      await office.send()
      clock.advance(MINUTE)
    }
    assert.deepEqual(
      (await office.rows()).map(({ state, attempts }) => [state, attempts]),
      [
        ['queued', 0],
        ['queued', 0],
      ],
    )
    accounts.isDown = false
    people.set(anna.id, { email: 'new@example.org', locale: 'en', name: 'Anna' })
    clock.advance(DAY)
    await office.send()
    assert.deepEqual(
      (await office.rows()).map(({ user_id, reason }) => [user_id, reason]),
      [
        [boris.id, 'recipient_gone'],
        [anna.id, null],
      ],
    )
    const mails = office.mailbox.control.mails()
    assert.deepEqual(
      mails.map(({ to }) => to),
      [['new@example.org']],
    )
  })

  test('a slow server – forty mails and one that hangs – the others do not wait for it', async (t) => {
    const office = await openOffice(t, { MAIL_TIMEOUT: '60s' })
    office.people.set(boris.id, { email: 'slow@example.org', locale: 'en', name: 'Boris' })
    office.mailbox.control.addFault({
      kind: 'delay',
      address: 'slow@example.org',
      delayMs: 600_000,
    })
    await office.hear(office.paid(order(), { userId: boris.id }))
    const others = Array.from({ length: 40 }, () => office.paid(order()))
    await office.hearTogether(others)
    const sending = office.send()
    const forty = { count: 40, to: 'anna@example.org', timeoutMs: 50_000 }
    assert.equal(await office.mailbox.control.arrived(forty), true)
    assert.deepEqual(office.mailbox.control.mails('slow@example.org'), [])
    office.mailbox.control.clearFaults()
    await sending
    assert.deepEqual(await states(office), Array(41).fill('sent'))
  })

  test('states – in the database – are those of the machine', async (t) => {
    const office = await openOffice(t)
    const { rows } = await office.db.pool.query(
      `select pg_get_constraintdef(oid) as text from pg_constraint where conname = 'messages_state_check'`,
    )
    const listed = [...String(rows[0].text).matchAll(/'(\w+)'/g)].map((match) => match[1])
    assert.deepEqual(listed, statesOf(notificationStates))
  })
})
