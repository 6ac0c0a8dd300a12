import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addressOf, meaningOf } from '../frame/commands.ts'
import {
  type Filter,
  hasFilter,
  instantOf,
  isGood,
  minorOf,
  queryOf,
  YES_OR_NO,
} from './filters.ts'

const ORDER = `ord_${'1'.repeat(26)}`
const filters: readonly Filter[] = [
  { name: 'order_id', kind: 'id', prefix: 'ord' },
  { name: 'status', kind: 'choice', choices: ['completed', 'expired'] },
  { name: 'from', kind: 'day' },
  { name: 'to', kind: 'day' },
  { name: 'amount_min', kind: 'amount' },
  { name: 'late', kind: 'choice', choices: YES_OR_NO },
]

test('amounts – as people of both languages write them – minor units, anything else nothing', () => {
  assert.deepEqual(
    ['499', '499.5', '1 234,50', '0,01', '1\u00a0000'].map(minorOf),
    [49_900, 49_950, 123_450, 1, 100_000],
  )
  for (const bad of ['', '-1', '1.234', '1e3', 'abc', '1,2,3'])
    assert.equal(minorOf(bad), undefined, bad)
})

test('days – from and until – the whole of both in the reader’s zone', () => {
  const from = Date.parse(instantOf('2026-11-21', 'begin') ?? '')
  const to = Date.parse(instantOf('2026-11-21', 'end') ?? '')
  assert.equal(to - from, 24 * 3_600_000)
  assert.equal(new Date(from).getHours(), 0)
  assert.equal(instantOf('21.11.2026', 'begin'), undefined)
})

test('query – values of the address – only those that can be read, in the platform’s units', () => {
  const query = queryOf(filters, {
    order_id: ` ${ORDER} `,
    status: 'nonsense',
    amount_min: '10,00',
    late: 'yes',
    stranger: 'x',
  })
  assert.deepEqual(query, { order_id: ORDER, amount_min: 1_000, late: true })
  assert.equal(hasFilter(filters, { stranger: 'x' }), false)
  assert.equal(hasFilter(filters, { status: 'expired' }), true)
})

test('ids – of another kind or cut short – are told to be no id of that kind', () => {
  const [byOrder] = filters as [Filter]
  assert.ok(isGood(byOrder, ORDER) && isGood(byOrder, ''))
  assert.ok(!isGood(byOrder, ORDER.replace('ord', 'pay')) && !isGood(byOrder, ORDER.slice(0, -1)))
})

test('palette – an id inside a pasted line of a log – is found and leads to its page', () => {
  const meaning = meaningOf(`{"orderId":"${ORDER.toUpperCase()}","level":30}`)
  assert.deepEqual(meaning, { kind: 'order', id: ORDER })
  assert.ok(meaning.kind === 'order')
  assert.equal(addressOf(meaning).to, `/orders/${ORDER}`)
  const event = meaningOf('01a1fc8a-bd5d-7140-8ca4-b5bee0380258')
  assert.ok(event.kind === 'event')
  assert.deepEqual(addressOf(event), {
    to: '/events',
    search: { event_id: '01a1fc8a-bd5d-7140-8ca4-b5bee0380258' },
  })
  assert.deepEqual(meaningOf('Orders '), { kind: 'words', text: 'orders' })
})
