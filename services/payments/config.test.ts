import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DAY, SECOND } from '@rialto/kernel/pure/time.ts'
import { type PaymentsConfig, paymentsConfig, settings } from './config.ts'

const required = {
  YOOKASSA_URL: 'https://provider.test',
  YOOKASSA_SHOP_ID: '1',
  YOOKASSA_SECRET_KEY: 'k',
}
const usual: PaymentsConfig = {
  yookassa: { url: 'https://provider.test', shopId: '1', secretKey: 'k', timeoutMs: 10 * SECOND },
  notifications: { bodiesKeptMs: 7 * DAY, keptMs: 180 * DAY },
}
const { yookassa, notifications } = usual

/** What each is set to, and what comes of it. */
const SET: Readonly<Record<string, readonly [given: string, PaymentsConfig]>> = {
  YOOKASSA_URL: ['http://a', { ...usual, yookassa: { ...yookassa, url: 'http://a' } }],
  YOOKASSA_SHOP_ID: ['2', { ...usual, yookassa: { ...yookassa, shopId: '2' } }],
  YOOKASSA_SECRET_KEY: ['l', { ...usual, yookassa: { ...yookassa, secretKey: 'l' } }],
  PROVIDER_TIMEOUT: ['3s', { ...usual, yookassa: { ...yookassa, timeoutMs: 3 * SECOND } }],
  NOTIFICATION_BODIES_KEPT: [
    '2d',
    { ...usual, notifications: { ...notifications, bodiesKeptMs: 2 * DAY } },
  ],
  NOTIFICATIONS_KEPT: ['90d', { ...usual, notifications: { ...notifications, keptMs: 90 * DAY } }],
}

test('settings – the required ones, then each by itself – what is told in docs, then that one field changed', () => {
  assert.deepEqual(paymentsConfig(required), usual)
  assert.deepEqual(Object.keys(SET).sort(), Object.keys(settings.properties).sort())
  for (const [name, [given, config]] of Object.entries(SET))
    assert.deepEqual(paymentsConfig({ ...required, [name]: given }), config, name)
})
