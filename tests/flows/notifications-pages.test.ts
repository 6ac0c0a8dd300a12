// What people see of their notifications, and what their browsers get.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  addPushSubscription,
  getPushKey,
  listNotifications,
  readNotification,
  removePushSubscription,
} from '@rialto/contracts/notifications/http.ts'
import {
  OrderCompleted,
  OrderCreated,
  OrderFulfilled,
  OrderPaymentPending,
  OrderUpdated,
} from '@rialto/contracts/orders/events.ts'
import { isoInstant, MINUTE } from '@rialto/kernel/pure/time.ts'
import { anonymous } from '@rialto/kernel/service/context.ts'
import {
  anna,
  boris,
  browserAt,
  ids,
  type Office,
  openOffice,
  openPushServer,
} from './notifications.fixture.ts'

interface Item {
  readonly notification_id: string
  readonly kind: string
  readonly title: string
  readonly text: string
  readonly read_at?: string
}
interface List {
  readonly items: Item[]
  readonly unread: number
  readonly next_cursor?: string
}

async function list(
  office: Office,
  caller: typeof anna,
  query: { limit?: number; cursor?: string; locale?: 'ru' | 'en'; order_id?: string } = {},
): Promise<List> {
  const { status, body } = await office.call(listNotifications, { caller, query })
  assert.equal(status, 200, JSON.stringify(body))
  return body as unknown as List
}

const plain = (text: string | undefined) => text?.replace(/\s/g, ' ')
const pushSettings = (url: string) => ({ PUSH_SERVICES: `fcm.googleapis.com,${url}` })

describe('pages', { timeout: 280_000 }, () => {
  test('list – two people – each sees their own, in the account’s language or the one asked for, and how many are unread', async (t) => {
    const office = await openOffice(t)
    await office.hear(office.paid(ids.next('ord')))
    await office.hear(office.paid(ids.next('ord'), { userId: boris.id }))
    const mine = await list(office, anna)
    assert.deepEqual(
      [mine.unread, mine.items.map(({ kind, title }) => [kind, plain(title)])],
      [1, [['order_confirmation', 'Заказ оплачен: 799,00 ₽']]],
    )
    const english = await list(office, anna, { locale: 'en' })
    assert.equal(plain(english.items[0]?.title), 'Order paid: RUB 799.00')
    const his = await list(office, boris)
    assert.equal(plain(his.items[0]?.title), 'Order paid: RUB 799.00')
    assert.notEqual(his.items[0]?.notification_id, mine.items[0]?.notification_id)
    const refused = await office.call(listNotifications, { caller: anonymous })
    assert.equal(refused.status, 401)
  })

  test('read – one’s own, twice; another’s; an unknown one – the first time counts, 404, 404', async (t) => {
    const office = await openOffice(t)
    await office.hear(office.paid(ids.next('ord')))
    const notification_id = (await list(office, anna)).items[0]?.notification_id as string
    const read = (caller: typeof anna, id = notification_id) =>
      office.call(readNotification, { caller, params: { notification_id: id } })
    const others = await read(boris)
    assert.deepEqual([others.status, others.body.code], [404, 'notifications.unknown_notification'])
    assert.equal((await read(anna, ids.next('ntf'))).status, 404)
    assert.equal((await list(office, anna)).unread, 1)
    const first = await read(anna)
    office.clock.advance(MINUTE)
    const second = await read(anna)
    assert.deepEqual([first.status, second.body], [200, first.body])
    const after = await list(office, anna)
    assert.deepEqual([after.unread, after.items[0]?.read_at], [0, first.body.read_at])
  })

  test('list – more than a page – page by page, newest first, each once; a foreign cursor is refused', async (t) => {
    const office = await openOffice(t)
    const orders = Array.from({ length: 5 }, () => ids.next('ord'))
    for (const orderId of orders) {
      await office.hear(office.paid(orderId))
      office.clock.advance(1)
    }
    const seen: string[] = []
    let cursor: string | undefined
    do {
      const page = await list(office, anna, { limit: 2, ...(cursor && { cursor }) })
      seen.push(...page.items.map((item) => (item as unknown as { order_id: string }).order_id))
      cursor = page.next_cursor
    } while (cursor !== undefined)
    assert.deepEqual(seen, orders.toReversed())
    const query = { cursor: 'bm9uZQ' }
    const refused = await office.call(listNotifications, { caller: anna, query })
    assert.deepEqual([refused.status, refused.body.code], [400, 'kernel.invalid_input'])
  })

  test('steps of an order – delivered twice – stand in its history once and ring no bell; not in another’s', async (t) => {
    const office = await openOffice(t)
    const order_id = ids.next('ord')
    const about = { order_id, user_id: anna.id }
    const total = { total_amount: 79_900, currency: 'RUB' }
    const type = { order_type: 'purchase' as const, items: [] }
    const at = isoInstant(office.clock.now())
    const changes = { total_amount: 79_900, removed_line_ids: [] }
    const events = [
      office.event(OrderCreated, {
        ...about,
        ...total,
        ...type,
        channel: 'online',
        expires_at: at,
      }),
      ...[2, 3].map((version) =>
        office.event(OrderUpdated, {
          ...about,
          ...total,
          ...{ changes, updated_fields: ['items'], items: [], version },
        }),
      ),
      office.event(OrderPaymentPending, {
        ...about,
        ...{ payment_intent_id: ids.next('pay'), amount: 79_900, currency: 'RUB' },
      }),
      office.event(OrderCompleted, {
        ...about,
        ...total,
        ...type,
        ...{ payment_id: ids.next('pay'), completed_at: at },
      }),
      office.event(OrderFulfilled, { ...about, fulfillment_details: [] }),
      office.paid(order_id),
    ]
    for (const event of events) {
      office.clock.advance(1)
      await office.hear(event)
    }
    await office.hearTogether(events)
    const bell = await list(office, anna)
    assert.deepEqual([bell.unread, bell.items.map((i) => i.kind)], [1, ['order_confirmation']])
    const history = await list(office, anna, { order_id, locale: 'en' })
    assert.deepEqual(
      history.items.map(({ kind, text }) => `${kind}: ${plain(text)}`),
      [
        'order_confirmation: Your payment of RUB 799.00 has arrived; what you bought is being added to your library.',
        'order.fulfilled: Everything in the order is yours.',
        'order.completed: The payment of RUB 799.00 has arrived.',
        'order.payment_pending: Everything is ready for the payment of RUB 799.00.',
        'order.updated: The order was changed and is now for RUB 799.00.',
        'order.updated: The order was changed and is now for RUB 799.00.',
        'order.created: The order for RUB 799.00 is placed and waits for payment.',
      ],
    )
    assert.deepEqual((await list(office, boris, { order_id })).items, [])
  })
})

describe('push', { timeout: 280_000 }, () => {
  test('a browser that agreed – one message besides the mail, encrypted and signed; what identifies it lies sealed', async (t) => {
    const service = await openPushServer(t)
    const office = await openOffice(t, pushSettings(service.url))
    const browser = browserAt(service.url, 'secret-of-anna')
    const added = await office.call(addPushSubscription, { caller: anna, body: browser })
    assert.equal(added.status, 201, JSON.stringify(added.body))
    const { rows } = await office.db.pool.query('select * from notifications.push_subscriptions')
    const raw = JSON.stringify(rows)
    for (const secret of ['secret-of-anna', browser.keys.auth, browser.keys.p256dh])
      assert.ok(!raw.includes(secret))
    const orderId = ids.next('ord')
    await office.hear(office.paid(orderId))
    await office.hear(office.paid(ids.next('ord'), { userId: boris.id }))
    await office.send()
    assert.equal(service.received.length, 1)
    const [{ headers, bytes } = assert.fail()] = service.received
    const key = await office.call(getPushKey, { caller: anonymous })
    assert.match(String(headers.authorization), new RegExp(`^vapid t=.*k=${key.body.public_key}`))
    assert.deepEqual([headers['content-encoding'], headers.ttl], ['aes128gcm', '86400'])
    assert.ok(bytes > 100)
    const told = (await office.published()).filter(({ data }) => data.order_id === orderId)
    assert.deepEqual(told.map(({ data }) => [data.channel, data.status]).sort(), [
      ['email', 'sent'],
      ['push', 'sent'],
    ])
    const names = office.recorded
      .filter((i) => i.flow === orderId && (i.kind === 'step' || i.to === 'PushService'))
      .map((i) => i.name)
    assert.deepEqual(names.toSorted(), [
      'POST push',
      'notification:queued',
      'notification:sent',
      'push_notification:queued',
      'push_notification:sent',
    ])
  })

  test('a push service – several messages, then half an hour – told by one signature who sends, then by a new one', async (t) => {
    const service = await openPushServer(t)
    const office = await openOffice(t, pushSettings(service.url))
    for (const [caller, name] of [[anna, 'a'] as const, [boris, 'b'] as const])
      await office.call(addPushSubscription, { caller, body: browserAt(service.url, name) })
    await office.hear(office.paid(ids.next('ord')))
    await office.hear(office.paid(ids.next('ord'), { userId: boris.id }))
    await office.send()
    office.clock.advance(31 * MINUTE)
    await office.hear(office.paid(ids.next('ord')))
    await office.send()
    const [first, second, late, ...more] = service.received.map((r) => r.headers.authorization)
    assert.deepEqual(more, [])
    assert.match(String(first), /^vapid t=/)
    assert.equal(second, first)
    assert.match(String(late), /^vapid t=/)
    assert.notEqual(late, first)
  })

  test('a browser that is gone – 410 – is forgotten, the message failed; the next fact pushes nothing', async (t) => {
    const service = await openPushServer(t)
    const office = await openOffice(t, pushSettings(service.url))
    for (const name of ['a', 'b'])
      await office.call(addPushSubscription, { caller: anna, body: browserAt(service.url, name) })
    service.status = 410
    await office.hear(office.paid(ids.next('ord')))
    await office.send()
    assert.equal(service.received.length, 2)
    const push = (await office.rows()).filter(({ channel }) => channel === 'push')
    assert.deepEqual(
      push.map(({ state, reason, answer }) => [state, reason, answer]),
      [['failed', 'recipient_gone', 'HTTP 410']],
    )
    const { rows } = await office.db.pool.query('select from notifications.push_subscriptions')
    assert.equal(rows.length, 0)
    await office.hear(office.paid(ids.next('ord')))
    assert.equal((await office.rows()).filter(({ channel }) => channel === 'push').length, 1)
  })

  test('push service – busy, then well; refusing – tried again, failed at once', async (t) => {
    const service = await openPushServer(t)
    const office = await openOffice(t, pushSettings(service.url))
    await office.call(addPushSubscription, { caller: anna, body: browserAt(service.url, 'a') })
    const push = async () => (await office.rows()).filter((row) => row.channel === 'push')
    service.status = 503
    await office.hear(office.paid(ids.next('ord')))
    await office.send()
    assert.deepEqual(
      (await push()).map(({ state }) => state),
      ['queued'],
    )
    service.status = 201
    office.clock.advance(MINUTE)
    await office.send()
    service.status = 403
    await office.hear(office.paid(ids.next('ord')))
    await office.send()
    assert.deepEqual(
      (await push()).map(({ state, reason }) => [state, reason]),
      [
        ['sent', null],
        ['failed', 'rejected'],
      ],
    )
  })

  test('subscription – an address of ours, a strange host, unusable keys – refused with what to do, nothing kept', async (t) => {
    const office = await openOffice(t)
    const add = async (body: ReturnType<typeof browserAt>) => {
      const answer = await office.call(addPushSubscription, { caller: anna, body })
      return [answer.status, answer.body.code]
    }
    const strange = [
      'http://127.0.0.1:5432',
      'https://169.254.169.254',
      'https://fcm.googleapis.com.evil.example',
      'https://user@fcm.googleapis.com',
      'http://fcm.googleapis.com',
      'https://fcm.googleapis.com:8443',
    ]
    for (const origin of strange)
      assert.deepEqual(
        await add(browserAt(origin, 'x')),
        [400, 'notifications.push_service_not_allowed'],
        origin,
      )
    const good = browserAt('https://fcm.googleapis.com', 'x')
    const off = Buffer.alloc(65, 4).toString('base64url')
    for (const keys of [
      { ...good.keys, p256dh: off },
      { ...good.keys, auth: 'c2hvcnQ' },
    ])
      assert.deepEqual(await add({ ...good, keys }), [400, 'notifications.push_key_invalid'])
    assert.deepEqual(await add(good), [201, undefined])
    const { rows } = await office.db.pool.query('select from notifications.push_subscriptions')
    assert.equal(rows.length, 1)
  })

  test('subscription – the same browser again, another person’s, more than ten, removed – one row, the last one’s, ten, gone', async (t) => {
    const service = await openPushServer(t)
    const office = await openOffice(t, pushSettings(service.url))
    const browser = browserAt(service.url, 'shared')
    const add = (caller: typeof anna, body = browser) =>
      office.call(addPushSubscription, { caller, body })
    const owners = async () => {
      const { rows } = await office.db.pool.query(
        'select user_id from notifications.push_subscriptions',
      )
      return rows.map((row) => row.user_id as string)
    }
    await add(anna)
    await add(anna)
    assert.deepEqual(await owners(), [anna.id])
    const his = (await add(boris)).body.subscription_id as string
    assert.deepEqual(await owners(), [boris.id])
    const remove = (caller: typeof anna) =>
      office.call(removePushSubscription, { caller, params: { subscription_id: his } })
    const others = await remove(anna)
    assert.deepEqual(
      [others.status, others.body.code],
      [404, 'notifications.unknown_push_subscription'],
    )
    assert.equal((await remove(boris)).status, 204)
    assert.deepEqual(await owners(), [])
    for (let n = 0; n < 12; n++) {
      office.clock.advance(1)
      await add(anna, browserAt(service.url, `b${n}`))
    }
    assert.equal((await owners()).length, 10)
  })
})
