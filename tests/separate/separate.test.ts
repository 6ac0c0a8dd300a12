// The platform as processes of their own: behind the right doors, also while some of it is away. That it does there what it does
// in one process is hosts.test.ts.

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import * as grpc from '@grpc/grpc-js'
import { loadSync } from '@grpc/proto-loader'
import { services } from '@rialto/server/services.ts'
import { callApi, newBuyer } from 'rialto/demo/buyer.ts'
import { readinessOf } from 'rialto/separate/fleet.ts'
import type { Member } from 'rialto/separate/member.ts'
import { request } from 'undici'
import { until } from '../faults/purchase/shop.ts'
import { gamesOf, order, paymentBody, startPaying } from '../flows/shopper.ts'
import { missingOn } from '../observability/shipped.ts'
import { INTERNAL_ROUTES, knock, serviceToken } from './doors.ts'
import { rollingRestart } from './rolling.ts'
import { openSeparate, type Separate } from './surroundings.ts'

const PROTO = fileURLToPath(import.meta.resolve('@rialto/contracts/catalog/pricing.proto'))

describe('separate processes', { timeout: 600_000 }, () => {
  const cleanups: (() => Promise<void> | void)[] = []
  let separate: Separate
  before(async () => {
    separate = await openSeparate({
      after: (cleanup) => void cleanups.push(cleanup as () => Promise<void>),
    })
  })
  after(async () => {
    for (const cleanup of cleanups) await cleanup()
  })
  const one = (service: string): Member => {
    const [member] = separate.fleet.of(service)
    assert.ok(member, service)
    return member
  }

  test('doors – internal routes – are not behind the gateway, and open to service tokens alone', async () => {
    const { fleet } = separate
    assert.ok(INTERNAL_ROUTES.length >= 5)
    const { token } = await newBuyer(fleet.url)
    const person = { authorization: `Bearer ${token}` }
    const orders = { authorization: `Bearer ${await serviceToken(separate, 'orders')}` }
    const asOrders = { 'x-service-token': orders.authorization.slice(7) }
    const asGateway = { 'x-service-token': await serviceToken(separate, 'gateway') }
    for (const route of INTERNAL_ROUTES) {
      const { internalUrl } = one(route.service)
      const name = `${route.service} ${route.name}`
      for (const prefix of ['', '/api/v1'])
        for (const headers of [{}, person, orders, asGateway])
          assert.match(
            await knock(fleet.url + prefix, route, headers),
            /^404 kernel.not_found|^405/,
          )
      assert.equal(await knock(internalUrl, route), '401 kernel.unauthenticated', name)
      assert.equal(await knock(internalUrl, route, person), '401 auth.token_foreign', name)
      assert.equal(
        await knock(internalUrl, route, { ...person, ...asOrders }),
        '403 kernel.forbidden',
        name,
      )
      // Who forwards gets the rights of whom he forwards for, and no other.
      assert.equal(
        await knock(internalUrl, route, { ...person, ...asGateway }),
        '403 kernel.forbidden',
        name,
      )
      assert.equal(await knock(internalUrl, route, asGateway), '401 kernel.unauthenticated', name)
      assert.doesNotMatch(await knock(internalUrl, route, orders), /^(401|403|503)/, name)
    }
  })

  test('probes – of every process – live, ready with its reasons, and all figures of its services', async () => {
    const hears = ({ name, handlers, batches = [] }: (typeof services)[number]) =>
      handlers.length > 0 || batches.some(({ group }) => group === name)
    const heard = new Set(services.filter(hears).map((s) => s.name))
    for (const { internalUrl, seat } of separate.fleet.members) {
      const live = await request(`${internalUrl}/health/live`)
      assert.equal(live.statusCode, 200, seat.name)
      await live.body.dump()
      const ready = await readinessOf(internalUrl)
      assert.equal(ready?.status, 'ready', seat.name)
      const names = ready?.checks.map((check) => check.name) ?? []
      assert.ok(names.includes('database') && names.includes('bus'), seat.name)
      if (seat.services.includes('orders')) assert.ok(names.includes('catalog rpc'), names.join())
      const metrics = await request(`${internalUrl}/metrics`)
      const page = await metrics.body.text()
      assert.deepEqual(missingOn(page, seat.services), [], seat.name)
      for (const group of seat.services.filter((name) => heard.has(name)))
        assert.match(
          page,
          new RegExp(`^rialto_bus_group_lag_seconds\\{group="${group}"`, 'm'),
          seat.name,
        )
    }
  })

  test('gRPC – grpc-js with the published .proto – gets a price from the real catalog; without a token nothing', async (t) => {
    const definition = grpc.loadPackageDefinition(
      loadSync(PROTO, { keepCase: true, longs: String }),
    )
    const { Pricing } = (definition.rialto as unknown as Rialto).catalog.v1
    const stub = new Pricing(
      `127.0.0.1:${one('catalog').seat.rpcPort}`,
      grpc.credentials.createInsecure(),
    )
    t.after(() => stub.close())
    const ask = (metadata: grpc.Metadata) =>
      new Promise<{ code?: number; price?: { minor_units: string; currency: string } }>(
        (resolve) => {
          const input = { product_id: game, user_region: 'RU', currency: 'RUB' }
          stub.GetProductPrice?.(
            input,
            metadata,
            (error: grpc.ServiceError | null, answer: object) =>
              resolve(error === null ? answer : { code: error.code }),
          )
        },
      )
    const [game] = await gamesOf(separate.fleet.url)
    const metadata = new grpc.Metadata()
    metadata.set('authorization', `Bearer ${await serviceToken(separate, 'orders')}`)
    const { price } = await ask(metadata)
    assert.equal(price?.currency, 'RUB')
    assert.ok(BigInt(price?.minor_units ?? 0) > 0n)
    assert.equal((await ask(new grpc.Metadata())).code, grpc.status.UNAUTHENTICATED)
  })

  test('a service away – its callers – say 503 and that nothing happened; what follows events waits and spends no attempt', async () => {
    const { fleet, shop } = separate
    const buyer = await newBuyer(fleet.url)
    const [first = '', second = ''] = await gamesOf(fleet.url)
    const paid = await order(fleet.url, { buyer, game: first })
    const unpaid = await order(fleet.url, { buyer, game: second })
    const page = new URL(await startPaying(fleet.url, paid))
    const away = fleet.of('orders')
    for (const { code } of await Promise.all(away.map((member) => member.end('SIGTERM'))))
      assert.equal(code, 0, fleet.words)
    shop.sandbox.control.pay(page.pathname.split('/').at(-1) ?? '')

    const { token } = buyer
    const payments = async () =>
      (await shop.pool.query('select count(*)::int as n from payments.payments')).rows[0].n
    const before = await payments()
    const asked = [
      callApi(fleet.url, `GET /orders/${paid.orderId}`, { token }),
      callApi(fleet.url, 'POST /orders/initiate', {
        ...{ token, key: 'while orders is away' },
        body: { product_id: second, quantity: 1, selected_payment_method_hint: 'card' },
      }),
      // Answered by payments, which asks orders.
      callApi(fleet.url, 'POST /payments/transactions/initiate', {
        ...{ token, key: 'while orders is away, too' },
        body: paymentBody(unpaid.orderId),
      }),
    ]
    for (const { status, body, headers } of await Promise.all(asked)) {
      const { code, money, action } = body
      assert.deepEqual([status, code, money], [503, 'kernel.unavailable', 'untouched'])
      assert.ok(String(action).length > 10 && headers['retry-after'] !== undefined)
    }
    assert.equal(await payments(), before)

    // A neighbour that was lost is told, and does not take those out of the rota who can still do most of their work.
    const told = await readinessOf(one('payments').internalUrl)
    const missing = told?.checks.find((check) => check.name === 'orders')
    assert.deepEqual(
      [told?.status, missing?.ok, missing?.reason],
      ['ready', false, 'does not answer now'],
    )

    // Who is paid for the game is asked of orders, by the handler of the payment.
    const paused = /^rialto_\w+_count\{.*group="developers".*outcome="paused".*\} [1-9]/m
    await until('the developers’ share waits', async () => {
      const metrics = await request(`${one('developers').internalUrl}/metrics`)
      return paused.test(await metrics.body.text())
    })
    const handled = async () =>
      (
        await shop.pool.query(
          `select max(i.attempt)::int as attempts, count(*) filter (where i.consumer = 'developers')::int as shares
             from bus.inbox i join bus.log l using (event_id) where l.data->>'order_id' = $1`,
          [paid.orderId],
        )
      ).rows[0]
    assert.equal((await handled()).shares, 0)
    assert.equal((await shop.pool.query('select from bus.parked')).rowCount, 0)
    await Promise.all(away.map((member) => fleet.revive(member)))
    await until('the share is noted', async () => (await handled()).shares > 0)
    const { status } = await until('the order is fulfilled', async () => {
      const { body } = await callApi(fleet.url, `GET /orders/${paid.orderId}`, { token })
      return body.status === 'fulfilled' ? body : undefined
    })
    assert.equal(status, 'fulfilled')
    assert.equal((await handled()).attempts, 1)
    assert.equal((await shop.pool.query('select from bus.parked')).rowCount, 0)
  })

  test('rolling restart – orders and payments, twice each, under load – no request fails', async (t) => {
    const load = await rollingRestart(separate)
    t.diagnostic(`${load.requests} requests, ${load.bought} bought, 4 restarts`)
    assert.deepEqual(load.failures, [])
    assert.ok(load.bought > 0)
  })
})

interface Rialto {
  readonly catalog: { readonly v1: { readonly Pricing: grpc.ServiceClientConstructor } }
}
