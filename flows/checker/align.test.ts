import assert from 'node:assert/strict'
import { test } from 'node:test'
import { purchase } from '../purchase.ts'
import { goodPurchase } from '../testing/good-purchase.ts'
import { added, repeated, swapped, without } from '../testing/plant.ts'
import { type AlignedRow, align } from './align.ts'
import { check } from './check.ts'

const over = { quiet: true }
const drawnId = (row: AlignedRow | undefined): string | undefined => row?.drawn?.id
const at = (rows: readonly AlignedRow[], id: string): number =>
  rows.findIndex((row) => drawnId(row) === id)

test('align – a good run – every interaction has one row and every match stands beside its message', () => {
  const run = goodPurchase({ declined: 1, lines: 2, looks: 2 })
  const { rows, verdict } = align(purchase, run, over)
  assert.deepEqual(verdict, check(purchase, run, over))
  const seen = rows.flatMap((row) => row.ids)
  assert.deepEqual([...seen].sort(), [...new Set(run.map((i) => i.id))].sort())
  assert.equal(new Set(rows.map((row) => row.id)).size, rows.length)
  for (const row of rows.filter((one) => one.mark === 'same'))
    assert.ok(verdict.matched[row.drawn!.id]!.includes(row.seen!.id))
  const marks = new Set(rows.map((row) => row.mark))
  assert.ok(!marks.has('missing') && !marks.has('foreign') && !marks.has('moved'))
  assert.deepEqual(
    rows.filter((row) => drawnId(row) === 'P.13').map((row) => row.round),
    [1, 2],
  )
})

test('align – a dropped publish – its ghost stands where the diagram has it', () => {
  const { rows } = align(purchase, without(goodPurchase(), 'P.25'), over)
  const missing = rows.filter((row) => row.mark === 'missing')
  assert.deepEqual(missing.map(drawnId), ['P.25'])
  assert.equal(missing[0]?.deviations[0]?.type, 'missing')
  assert.equal(missing[0]?.seen, undefined)
  assert.equal(at(rows, 'P.25'), at(rows, 'P.24') + 1)
  assert.ok(at(rows, 'P.25') < at(rows, 'P.26'))
})

test('align – a dropped first half of a call – stands before what is drawn after it', () => {
  const { rows } = align(purchase, without(goodPurchase(), 'P.04', 'P.05'), over)
  assert.ok(at(rows, 'P.03') < at(rows, 'P.04'))
  assert.equal(at(rows, 'P.05'), at(rows, 'P.04') + 1)
  assert.ok(at(rows, 'P.05') < at(rows, 'P.06'))
})

test('align – two messages changed places – the moved one has a row drawn and a row recorded, with one number', () => {
  const { rows, verdict } = align(purchase, swapped(goodPurchase(), 'P.12', 'P.13'), over)
  assert.equal(verdict.verdict, 'deviates')
  const moved = rows.filter((row) => row.mark === 'moved')
  assert.equal(moved.length, 2)
  const drawn = moved.find((row) => row.drawn !== undefined)
  const recorded = moved.find((row) => row.seen !== undefined)
  assert.equal(drawn?.pair, recorded?.pair)
  assert.equal(recorded?.deviations[0]?.type, 'wrong_order')
  assert.ok(drawn?.seen === undefined && recorded?.drawn === undefined)
  assert.notEqual(rows.indexOf(drawn!), rows.indexOf(recorded!))
})

test('align – a call nobody drew – stands by itself and says so', () => {
  const run = added(goodPurchase(), {
    ...{ id: 'y', kind: 'call', from: 'OrderSvc', to: 'PaymentSvc', name: 'POST /payments' },
  })
  const { rows } = align(purchase, run, over)
  const foreign = rows.filter((row) => row.mark === 'foreign')
  assert.deepEqual(
    foreign.map((row) => row.seen?.id),
    ['y'],
  )
  assert.equal(foreign[0]?.deviations[0]?.type, 'extra')
})

test('align – granted twice – the second is foreign, with the count as its reason', () => {
  const { rows } = align(purchase, repeated(repeated(goodPurchase(), 'P.27'), 'P.28'), over)
  const wrong = rows.filter((row) => row.deviations.some((d) => d.type === 'wrong_count'))
  assert.ok(wrong.length >= 1)
  assert.ok(wrong.every((row) => row.seen !== undefined))
})

test('align – a run that has just begun – what follows is awaited, and rows keep their ids as it grows', () => {
  const good = goodPurchase({ extras: false })
  let before: readonly AlignedRow[] = []
  for (let n = 1; n <= good.length; n++) {
    const { rows, verdict } = align(purchase, good.slice(0, n), { quiet: false })
    assert.equal(verdict.verdict === 'running' || verdict.verdict === 'conforms', true)
    assert.ok(rows.every((row) => row.mark !== 'missing' && row.mark !== 'foreign'))
    for (const row of before.filter((one) => one.seen !== undefined))
      assert.ok(rows.some((one) => one.id === row.id))
    before = rows
  }
  const { rows } = align(purchase, good.slice(0, 3), { quiet: false })
  const awaited = rows.filter((row) => row.mark === 'awaited').map(drawnId)
  for (const id of ['P.07', 'P.10', 'P.13', 'P.20', 'P.25', 'P.28'])
    assert.ok(awaited.includes(id), `${id} of ${awaited}`)
})
