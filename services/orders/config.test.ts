import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HOUR, MINUTE, SECOND } from '@rialto/kernel/pure/time.ts'
import { ordersConfig, settings } from './config.ts'

const usual = {
  expiresAfterMs: 30 * MINUTE,
  attemptWindowMs: 65 * MINUTE,
  waitsAtMostMs: 6 * HOUR,
}

const FIELDS = {
  ORDER_EXPIRES_AFTER: 'expiresAfterMs',
  ORDER_ATTEMPT_WINDOW: 'attemptWindowMs',
  ORDER_WAITS_AT_MOST: 'waitsAtMostMs',
} as const

test('settings – none, then each by itself – what is told in docs, then that one field changed', () => {
  assert.deepEqual(ordersConfig({}), usual)
  assert.deepEqual(Object.keys(FIELDS).sort(), Object.keys(settings.properties).sort())
  for (const [name, field] of Object.entries(FIELDS))
    assert.deepEqual(ordersConfig({ [name]: '7s' }), { ...usual, [field]: 7 * SECOND }, name)
})
