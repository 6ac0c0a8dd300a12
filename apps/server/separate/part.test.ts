import assert from 'node:assert/strict'
import { test } from 'node:test'
import { platformConfig } from '@rialto/kernel/config/platform.ts'
import { BadSettings } from '@rialto/kernel/config/settings.ts'
import { services } from '../services.ts'
import { awaitedBy, calledBy, partOf } from './part.ts'

const settings = {
  DATABASE_URL: 'postgres://u:p@db/rialto',
  MASTER_KEY: 'x',
}
const part = (more: Record<string, string>) =>
  partOf(platformConfig({ ...settings, ...more }), services)

/** Lines of the refusal. */
function refusal(more: Record<string, string>): string[] {
  try {
    part(more)
  } catch (error) {
    assert.ok(error instanceof BadSettings)
    return error.message.split('\n').slice(1)
  }
  return []
}

test('part – nothing said – is the whole platform', () => {
  const { here, elsewhere, whole, isGateway } = part({})
  assert.deepEqual([here.length, elsewhere, whole, isGateway], [services.length, [], true, true])
})

test('part – services named – runs those, with the addresses of whom they call and no others', () => {
  const { here, elsewhere, whole, isGateway } = part({
    SERVICES: 'developers,library',
    SERVICE_URLS: 'orders=http://o:1',
  })
  assert.deepEqual(
    here.map(({ name }) => name),
    services.map(({ name }) => name).filter((name) => ['library', 'developers'].includes(name)),
  )
  assert.equal(here.length + elsewhere.length, services.length)
  assert.deepEqual([whole, isGateway], [false, false])
  assert.deepEqual(calledBy({ here, elsewhere, isGateway }).http, ['orders'])
})

test('part – the caller and the called together – need no address of each other', () => {
  assert.deepEqual(refusal({ SERVICES: 'developers,orders', RPC_URLS: 'catalog=http://c:1' }), [
    ...['accounts', 'library', 'inventory', 'payments'].map(
      (name) => `  SERVICE_URLS: got no address of ${name}, expected ${name}=http://…`,
    ),
  ])
})

test('part – addresses, names and outside parts that are missing – are all said at once', () => {
  assert.match(
    refusal({ SERVICES: 'orders,nobody' }).join(),
    /there is no nobody; there are accounts, /,
  )
  const orders = refusal({ SERVICES: 'orders' }).join()
  assert.match(orders, /accounts=http:[\s\S]*RPC_URLS: got no address of catalog/)
  const payments = refusal({
    SERVICES: 'payments',
    SERVICE_URLS: 'orders=http://o,accounts=http://a',
  })
  assert.deepEqual(payments, [
    '  YOOKASSA_URL: got nothing, expected an address for payments',
    '  ATOL_URL: got nothing, expected an address for payments',
  ])
})

test('part – all of it where nothing may be played – names every address outside that is missing', () => {
  const expected = (setting: string, service: string): string =>
    `  ${setting}: got nothing, expected an address for ${service} because REQUIRE_REAL is set`
  const missing = [
    expected('YOOKASSA_URL', 'payments'),
    expected('ATOL_URL', 'payments'),
    expected('SMTP_URL', 'notifications'),
  ]
  assert.deepEqual(refusal({ REQUIRE_REAL: '1' }), missing)
  const paying = {
    ...{ YOOKASSA_URL: 'http://y', YOOKASSA_SHOP_ID: '1', YOOKASSA_SECRET_KEY: 'k' },
    REQUIRE_REAL: 'true',
  }
  assert.deepEqual(refusal(paying), missing.slice(1))
  const all = {
    ...{ ATOL_URL: 'http://a', ATOL_LOGIN: 'l', ATOL_PASSWORD: 'p', ATOL_GROUP: 'g' },
    ...{ ...paying, SMTP_URL: 'smtp://m' },
  }
  assert.equal(part(all).whole, true)
  assert.equal(part({}).whole, true)
})

test('part – services that ask each other – only the later to start waits for the other, and nobody waits in a circle', () => {
  const waits = new Map(services.map((one) => [one.name, awaitedBy([one], services)]))
  assert.deepEqual([...(waits.get('orders') ?? [])].toSorted(), [
    ...['accounts', 'catalog', 'inventory', 'library'],
  ])
  assert.deepEqual([...(waits.get('inventory') ?? [])], [])
  const ready = new Set<string>()
  for (let round = 0; round < services.length; round++)
    for (const [name, awaited] of waits)
      if ([...awaited].every((other) => ready.has(other))) ready.add(name)
  assert.equal(ready.size, services.length)
})

test('part – the gateway – needs an address of every service that has routes', () => {
  const missing = refusal({ SERVICES: 'gateway' })
  const offered = services.filter((s) => s.features.length > 0 && s.name !== 'gateway')
  assert.equal(missing.length, offered.length)
  const all = offered.map(({ name }) => `${name}=http://${name}`).join()
  const { elsewhere, isGateway, here } = part({ SERVICES: 'gateway', SERVICE_URLS: all })
  assert.equal(isGateway, true)
  // It forwards to them; it does not need them to be ready.
  assert.deepEqual(calledBy({ here, elsewhere, isGateway }).needed, { http: [], rpc: [] })
})
