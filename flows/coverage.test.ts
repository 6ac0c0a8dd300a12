import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { check } from './checker/check.ts'
import { checklist, parseChecklist } from './checklist.ts'
import { coverage } from './coverage.ts'
import { purchase } from './purchase.ts'
import { goodPurchase } from './testing/good-purchase.ts'
import { without } from './testing/plant.ts'
import { showItems } from './testing/shown.ts'

test('checklist – the committed text – has all 293 items, each once', () => {
  assert.equal(checklist.length, 293)
  assert.equal(new Set(checklist.map((item) => item.id)).size, 293)
})

test('checklist – a bad row, an id told twice – is refused', () => {
  assert.throws(() => parseChecklist('P.01 | a | call | b'), /not a row/)
  assert.throws(() => parseChecklist('P.01 | a | call | b | c\nP.01 | a | call | b | c'), /twice/)
})

test('coverage – some items shown by two tests – counts each once and lists the rest', () => {
  const items = parseChecklist('a | x | call | y | w\nb | x | call | y | w\nc | x | call | y | w')
  const lines = [
    JSON.stringify({ id: 'a', test: 't1', run: 'ord_1' }),
    JSON.stringify({ id: 'a', test: 't2', run: 'ord_2' }),
    JSON.stringify({ id: 'z', test: 't2', run: 'ord_2' }),
  ]
  const found = coverage([...lines, { id: 'c', test: 't1', run: 'ord_1' }], items)
  assert.deepEqual(found.shown, { a: { t1: 'ord_1', t2: 'ord_2' }, c: { t1: 'ord_1' } })
  assert.deepEqual(found.missing, ['b'])
  assert.deepEqual(found.unknown, ['z'])
  assert.equal(found.text, 'spec: 2 of 3 items shown')
})

test('coverage – a line that is not a shown item – is refused', () => {
  assert.throws(() => coverage(['{"id":"a"}']), /not a shown item/)
})

test('shown – a conforming run – writes its items; a deviating run and a foreign id are refused', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'shown-'))
  const before = process.env.SPEC_SHOWN
  t.after(() => {
    rmSync(folder, { recursive: true })
    if (before === undefined) delete process.env.SPEC_SHOWN
    else process.env.SPEC_SHOWN = before
  })
  process.env.SPEC_SHOWN = join(folder, 'shown.jsonl')
  const good = check(purchase, goodPurchase(), { quiet: true })
  const ids = showItems(good, 'a test', 'ord_1')
  const lines = readFileSync(process.env.SPEC_SHOWN, 'utf8').split('\n').filter(Boolean)
  assert.ok(ids.length > 20)
  assert.equal(Object.keys(coverage(lines).shown).length, ids.length)
  const bad = check(purchase, without(goodPurchase(), 'P.28'), { quiet: true })
  assert.throws(() => showItems(bad, 'a test', 'ord_1'), /deviates, so it shows nothing/)
  assert.throws(() => showItems(['P.99'], 'a test', 'ord_1'), /not in the checklist/)
})
