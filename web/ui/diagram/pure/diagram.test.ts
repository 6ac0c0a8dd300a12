import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type AlignedRow, align } from '@rialto/flows/checker/align.ts'
import { purchase } from '@rialto/flows/purchase.ts'
import { goodPurchase } from '@rialto/flows/testing/good-purchase.ts'
import { swapped, without } from '@rialto/flows/testing/plant.ts'
import { en } from '../words/en.ts'
import { ru } from '../words/ru.ts'
import { mermaidOf, svgOf } from './export.ts'
import { GUTTER, inSight, layoutOf, ROW_HEIGHT } from './layout.ts'
import { sentenceOf } from './sentence.ts'
import { isDifferent, reuseRows, shownRows, type View } from './shown.ts'
import { causeOf, walk } from './walk.ts'

const nameOf = (id: string): string => en.participants[id] ?? id
const ALL: View = { steps: true, additions: true, differing: false, open: new Set() }
const rowsOf = (run = goodPurchase()): readonly AlignedRow[] =>
  align(purchase, run, { quiet: true }).rows
const broken = (): readonly AlignedRow[] => rowsOf(without(goodPurchase(), 'P.25'))

test('shown rows – everything asked for – every row once and in order', () => {
  const rows = rowsOf()
  assert.deepEqual(
    shownRows(rows, ALL).map((one) => one.id),
    rows.map((row) => row.id),
  )
})

test('shown rows – additions and steps folded – counted, openable one by one, nothing lost', () => {
  const rows = rowsOf()
  const view = { ...ALL, steps: false, additions: false }
  const shown = shownRows(rows, view)
  const counted = shown.reduce((sum, one) => sum + (one.kind === 'fold' ? one.count : 1), 0)
  assert.equal(counted, rows.length)
  const fold = shown.find((one) => one.kind === 'fold')
  assert.ok(fold?.kind === 'fold' && !fold.isOpen)
  const opened = shownRows(rows, { ...view, open: new Set([fold.id]) })
  assert.equal(opened.length, shown.length + fold.count)
  assert.equal(
    opened.filter((one) => one.kind === 'row' && one.fold === fold.id).length,
    fold.count,
  )
})

test('shown rows – differences only – exactly they, with what agrees folded between', () => {
  // What follows the dropped event is then unproven, and said to be.
  const rows = broken()
  const shown = shownRows(rows, { ...ALL, differing: true })
  const open = shown.flatMap((one) => (one.kind === 'row' ? [one.row] : []))
  assert.deepEqual(open, rows.filter(isDifferent))
  assert.deepEqual(
    open.map((row) => row.drawn?.id),
    ['P.25', 'P.27'],
  )
})

test('layout – any width – arrows end at their participants’ lanes and all words stay inside the pane', () => {
  const rows = rowsOf()
  for (const width of [420, 760, 1_180, 1_900]) {
    const layout = layoutOf(purchase, shownRows(rows, ALL), { width, panes: 2, nameOf })
    const laneOf = new Map(layout.lanes.map((lane) => [lane.id, lane.x]))
    assert.equal(layout.height, rows.length * ROW_HEIGHT)
    assert.ok(layout.lanes.every((lane) => lane.x > GUTTER && lane.x < layout.paneWidth))
    for (const laid of layout.rows) {
      assert.ok(laid.shown.kind === 'row')
      const { seen, drawn } = laid.shown.row
      assert.equal(laid.seen?.x1, seen === undefined ? undefined : laneOf.get(seen.from))
      assert.equal(laid.drawn?.x2, drawn === undefined ? undefined : laneOf.get(drawn.to))
      for (const arrow of [laid.drawn, laid.seen]) {
        if (arrow === undefined) continue
        const long = arrow.text.length * 6.1
        if (arrow.anchor === 'start') assert.ok(arrow.textX + long <= layout.paneWidth + 20)
        else assert.ok(arrow.textX - long >= 0)
      }
    }
  }
})

test('layout – lanes – the diagram’s order first, strangers behind', () => {
  const { lanes } = layoutOf(purchase, shownRows(rowsOf(), ALL), { width: 900, panes: 1, nameOf })
  const ids = lanes.map((lane) => lane.id)
  const known = purchase.participants.map((p) => p.id).filter((id) => ids.includes(id))
  assert.deepEqual(ids.slice(0, known.length), known)
})

test('layout – more than 300 rows – only those in sight and around it are drawn', () => {
  const rows = rowsOf(goodPurchase({ declined: 10, lines: 60, looks: 30 }))
  const layout = layoutOf(purchase, shownRows(rows, ALL), { width: 900, panes: 2, nameOf })
  assert.ok(layout.rows.length > 300)
  const window = { top: 100 * ROW_HEIGHT, height: 20 * ROW_HEIGHT }
  const seen = inSight(layout, window)
  assert.ok(seen.length < 80)
  assert.ok(seen.some((row) => row.y === window.top))
  assert.ok(seen.some((row) => row.y === window.top + window.height))
})

test('rows – the run grows by one message – all others keep their identity', () => {
  const run = goodPurchase({ extras: false })
  const quiet = { quiet: false }
  const before = align(purchase, run.slice(0, 20), quiet).rows
  const after = reuseRows(before, align(purchase, run.slice(0, 21), quiet).rows)
  const changed = after.filter((row) => !before.includes(row))
  assert.ok(changed.length >= 1 && changed.length <= 3, `${changed.length} rows were made anew`)
})

test('walk – from the top – down visits every row; left leads to the cause and right back', () => {
  const rows = rowsOf()
  const shown = shownRows(rows, ALL)
  let at = walk(shown, rows, { from: undefined, direction: 'first' })
  const visited = [at]
  while (at !== shown.at(-1)?.id) {
    at = walk(shown, rows, { from: at, direction: 'down' })
    visited.push(at)
  }
  assert.deepEqual(
    visited,
    shown.map((one) => one.id),
  )
  const webhookRow = rows.find((row) => row.drawn?.id === 'P.20')
  const cause = walk(shown, rows, { from: webhookRow?.id, direction: 'cause' })
  assert.equal(rows.find((row) => row.id === cause)?.drawn?.id, 'P.52')
  assert.equal(causeOf(webhookRow!, rows)?.id, cause)
  const effect = walk(shown, rows, { from: cause, direction: 'effect' })
  assert.ok(rows.find((row) => row.id === effect)?.seen?.parent !== undefined)
})

test('sentences – a dropped publish – says in both languages that it did not happen, and what', () => {
  const row = broken().find((one) => one.mark === 'missing')!
  assert.equal(
    sentenceOf(row, en),
    'P.25: Did not happen: Orders publishes order.processing.completed.v1.',
  )
  assert.equal(
    sentenceOf(row, ru),
    'P.25: Не произошло: «Заказы» публикует order.processing.completed.v1.',
  )
})

test('sentences – every row of several runs – speaks, without a hole in it', () => {
  const runs = [goodPurchase({ declined: 1 }), swapped(goodPurchase(), 'P.12', 'P.13')]
  for (const words of [en, ru])
    for (const row of runs.flatMap((run) => rowsOf(run))) {
      const text = sentenceOf(row, words)
      assert.match(text, /\S+ .*[.]$/)
      assert.doesNotMatch(text, /undefined|null|«»/)
    }
})

test('export – Mermaid – has every recorded arrow, and a note where it differs', () => {
  const rows = broken()
  const text = mermaidOf(rows, en)
  const arrows = text.split('\n').filter((line) => /^ {2}\w+(->>|-->>|-\))\w+: /.test(line))
  assert.equal(arrows.length, rows.filter((row) => row.seen !== undefined).length)
  assert.match(text, /Note over OrderSvc: P\.25: Did not happen/)
  assert.doesNotMatch(text, /;/)
})

test('export – SVG – is well formed, holds both panes and escapes what it is given', () => {
  const layout = layoutOf(purchase, shownRows(broken(), ALL), { width: 1_200, panes: 2, nameOf })
  const svg = svgOf(layout, en, 'order <1> & "2"')
  assert.match(svg, /<title>order &lt;1&gt; &amp; &quot;2&quot;<\/title>/)
  const opened = svg.match(/<(svg|g|text|title)\b/g)?.length ?? 0
  const closed = svg.match(/<\/(svg|g|text|title)>/g)?.length ?? 0
  assert.equal(opened, closed)
  assert.ok(svg.includes(en.ui.drawn) && svg.includes(en.ui.recorded))
})

test('times between messages – less than a second, more, backwards – as the language writes them', () => {
  assert.deepEqual([0, 12.4, 3_421, -40].map(en.passed), ['+0 ms', '+12 ms', '+3.42 s', '-40 ms'])
  assert.deepEqual([999, 3_421].map(ru.passed), ['+999 мс', '+3,42 с'])
})
