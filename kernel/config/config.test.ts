import assert from 'node:assert/strict'
import { test } from 'node:test'
import Type from 'typebox'
import { platformConfig } from './platform.ts'
import { BadSettings, duration, parseSettings, secret } from './settings.ts'

const refusal = (env: Record<string, string>): string => {
  try {
    platformConfig(env)
  } catch (error) {
    assert.ok(error instanceof BadSettings, String(error))
    return error.message
  }
  throw new Error(`accepted ${JSON.stringify(env)}`)
}

test('platform – empty environment – runs on a bare machine', () => {
  assert.deepEqual(platformConfig({}), {
    port: 4_000,
    host: '127.0.0.1',
    dataDir: '.rialto',
    bus: 'log',
    kafkaBrokers: [],
    kafkaPrefix: '',
    logLevel: 'info',
    recorderRate: 1,
    fault: '',
    requireReal: false,
    demoData: true,
    serviceUrls: new Map(),
    rpcUrls: new Map(),
    internalPort: 0,
    rpcPort: 0,
    drainNoticeMs: 2_000,
    transit: { kafka: {} },
  })
  assert.deepEqual(platformConfig({ PORT: '', DATABASE_URL: ' ' }), platformConfig({}))
})

test('platform – everything set – is typed', () => {
  const config = platformConfig({
    PORT: '0',
    HOST: '0.0.0.0',
    DATA_DIR: '/data',
    DATABASE_URL: 'postgres://u:p@db/rialto',
    MASTER_KEY: 'x',
    BUS: 'kafka',
    KAFKA_BROKERS: 'a:9092,b:9092',
    REDIS_URL: 'rediss://user:word@cache:6380/2',
    REDIS_PREFIX: 'shop',
    LOG_LEVEL: 'warn',
    SERVICES: 'orders,payments',
    INSTANCE: 'node-1',
    SERVICE_URLS: 'accounts=http://a:1/,orders=http://b:2,orders=https://c',
    RPC_URLS: 'catalog=http://a:3',
    INTERNAL_PORT: '4100',
    RPC_PORT: '4200',
    DRAIN_NOTICE: '500ms',
    DEMO_DATA: 'true',
    RECORDER_RATE: '0.25',
    FAULT: 'tx.committed:1:kill',
    REQUIRE_REAL: '1',
    RIALTO_URL: 'http://127.0.0.1:4000',
    YOOKASSA_URL: 'https://provider.test',
    YOOKASSA_SHOP_ID: '1',
    YOOKASSA_SECRET_KEY: 'k',
    ATOL_URL: 'https://register.test',
    ATOL_LOGIN: 'l',
    ATOL_PASSWORD: 'p',
    ATOL_GROUP: 'g',
    PATH: '/usr/bin',
  })
  assert.equal(config.port, 0)
  assert.equal(config.recorderRate, 0.25)
  assert.equal(config.requireReal, true)
  assert.deepEqual(config.services, ['orders', 'payments'])
  assert.deepEqual(
    config.serviceUrls,
    new Map([
      ['accounts', ['http://a:1']],
      ['orders', ['http://b:2', 'https://c']],
    ]),
  )
  assert.deepEqual(config.rpcUrls, new Map([['catalog', ['http://a:3']]]))
  assert.deepEqual([config.internalPort, config.rpcPort, config.drainNoticeMs], [4_100, 4_200, 500])
  assert.equal(config.demoData, true)
  assert.deepEqual(config.redis, { url: 'rediss://user:word@cache:6380/2', prefix: 'shop' })
  assert.deepEqual(config.kafkaBrokers, ['a:9092', 'b:9092'])
  assert.deepEqual(config.yookassa, { url: 'https://provider.test', shopId: '1', secretKey: 'k' })
  const register = { url: 'https://register.test', login: 'l', password: 'p', group: 'g' }
  assert.deepEqual(config.atol, register)
})

test('platform – the demo logins, whose passwords are public – are not beside real money, unless asked for', () => {
  const provider = {
    ...{ YOOKASSA_URL: 'https://p.test', YOOKASSA_SHOP_ID: '1', YOOKASSA_SECRET_KEY: 'k' },
  }
  const part = { SERVICES: 'orders', DATABASE_URL: 'postgres://db/x', MASTER_KEY: 'x' }
  const written = (env: Record<string, string>): boolean => platformConfig(env).demoData
  assert.deepEqual([{}, provider, part].map(written), [true, false, false])
  for (const env of [{}, provider, part]) {
    assert.equal(written({ ...env, DEMO_DATA: 'true' }), true)
    assert.equal(written({ ...env, DEMO_DATA: 'false' }), false)
  }
})

test('platform – a wrong value – is named with what was got and what was expected', () => {
  assert.match(refusal({ PORT: 'abc' }), /PORT: got "abc", expected integer from 0 to 65535/)
  assert.match(refusal({ PORT: '65536' }), /PORT: got "65536"/)
  assert.match(refusal({ PORT: '40.5' }), /PORT: got "40.5"/)
  assert.match(refusal({ BUS: 'rabbit' }), /BUS: got "rabbit", expected log or kafka/)
  assert.match(
    refusal({ RECORDER_RATE: '2' }),
    /RECORDER_RATE: got "2", expected number from 0 to 1/,
  )
  assert.match(
    refusal({ LOG_LEVEL: 'loud' }),
    /LOG_LEVEL: got "loud", expected debug or info or warn or error or silent/,
  )
  assert.match(refusal({ REQUIRE_REAL: 'maybe' }), /REQUIRE_REAL: got "maybe", expected boolean/)
  for (const url of [
    'http://w@x',
    'redis://x:port',
    'redis://x:99999',
    'redis://:%w@x',
    'redis://x/db',
  ])
    assert.match(refusal({ REDIS_URL: url }), /REDIS_URL: got \(hidden\), expected/)
  assert.match(refusal({ SERVICES: 'orders;payments' }), /SERVICES: got /)
})

test('platform – several wrong values – are all named at once', () => {
  const message = refusal({ PORT: 'x', BUS: 'y' })
  assert.match(message, /PORT: /)
  assert.match(message, /BUS: /)
})

test('platform – a RIALTO_ variable that nothing reads – is refused; other names are not ours to judge', () => {
  assert.match(refusal({ RIALTO_PROT: '1' }), /RIALTO_PROT: is not a setting; there are RIALTO_URL/)
  assert.equal(platformConfig({ SOMETHING_ELSE: '1' }).port, 4_000)
})

test('platform – settings that need each other – are asked for', () => {
  assert.match(refusal({ DATABASE_URL: 'postgres://db/x' }), /MASTER_KEY: got nothing/)
  assert.match(refusal({ BUS: 'kafka' }), /KAFKA_BROKERS: got nothing/)
  assert.match(refusal({ SERVICES: 'orders' }), /DATABASE_URL: got nothing/)
  assert.match(refusal({ SERVICE_URLS: 'orders' }), /SERVICE_URLS: got "orders"/)
  assert.match(
    refusal({ YOOKASSA_URL: 'https://p.test' }),
    /YOOKASSA_SHOP_ID: got nothing[\s\S]*YOOKASSA_SECRET_KEY: got nothing/,
  )
})

test('platform – a wrong secret – is not repeated', () => {
  const message = refusal({ DATABASE_URL: 'mysql://user:hunter2@db/x' })
  assert.match(message, /DATABASE_URL: got \(hidden\)/)
  assert.ok(!message.includes('hunter2'))
})

test('settings – durations – have units, defaults too, and nothing else is taken', () => {
  const schema = Type.Object({
    ORDER_TTL: duration({ default: '30m', description: 'how long an order waits' }),
    KEY: Type.Optional(secret({ description: 'a key' })),
  })
  const ttl = (text?: string): number =>
    parseSettings(schema, text === undefined ? {} : { ORDER_TTL: text }).ORDER_TTL
  assert.equal(ttl(), 1_800_000)
  assert.deepEqual(
    ['0s', '1ms', '10s', '2h', '7d'].map(ttl),
    [0, 1, 10_000, 7_200_000, 604_800_000],
  )
  for (const text of ['10', '1.5h', '-1s', '10 s', '1w', 's', '01s'])
    assert.throws(() => ttl(text), /ORDER_TTL: got ".+", expected a duration such as/, text)
  assert.ok(Object.isFrozen(parseSettings(schema, {})))
})
