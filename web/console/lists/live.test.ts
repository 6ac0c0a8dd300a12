import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Page, rowsOf } from './live.ts'

interface Row {
  readonly id: string
  readonly status: string
}

const rowsWith = (status: string, ...ids: readonly string[]): Row[] =>
  ids.map((id) => ({ id, status }))

/** Rows as `id status`, then how many more there are. */
function shown(
  listed: readonly Row[],
  newest: Page<Row>,
  { hasMore = false, isNewer = true } = {},
): string {
  const { rows, fresh } = rowsOf({ listed, newest, hasMore, isNewer, idOf: ({ id }) => id })
  return `${rows?.map(({ id, status }) => `${id} ${status}`).join(', ')} +${fresh}`
}

const OPEN = rowsWith('open', '4', '3', '2', '1')

test('a live list – a row changed – is shown as it is now, in its place', () => {
  const items = [...rowsWith('open', '4'), ...rowsWith('paid', '3'), ...rowsWith('open', '2', '1')]
  assert.equal(shown(OPEN, { items }), '4 open, 3 paid, 2 open, 1 open +0')
})

test('a live list – a row fits its filters no longer – is gone, as far as the newest rows reach', () => {
  assert.equal(shown(OPEN, { items: rowsWith('open', '4', '2') }), '4 open, 2 open +0')
  const partly = { items: rowsWith('open', '4', '2'), next_cursor: 'after 2' }
  assert.equal(shown(OPEN, partly), '4 open, 2 open, 1 open +0')
  assert.equal(shown(OPEN, { items: [] }), ' +0')
})

test('a live list – read after the newest rows were – loses nothing to what is older than it', () => {
  const items = rowsWith('open', '3', '2', '1')
  assert.match(shown(OPEN, { items }, { isNewer: false }), /^4 open, 3 open/)
})

test('a live list – rows came, or fit by now – they wait, and do not push others away', () => {
  const items = rowsWith('open', '6', '5', '4', '3', '2', '1')
  assert.equal(shown(OPEN, { items }), '4 open, 3 open, 2 open, 1 open +2')
  const within = rowsWith('open', '4', '3', '2', '1', '0')
  assert.match(shown(OPEN, { items: within }), /\+1$/)
  assert.match(shown(OPEN, { items: within }, { hasMore: true }), /\+0$/, 'it is on a later page')
  assert.equal(shown([], { items: rowsWith('open', '1') }), '1 open +0')
})

test('a live list – all of its rows were overtaken – stays, and says how many are new', () => {
  const newest = { items: rowsWith('open', '9', '8'), next_cursor: 'after 8' }
  assert.equal(shown(OPEN, newest), '4 open, 3 open, 2 open, 1 open +2')
})
