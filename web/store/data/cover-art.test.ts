import assert from 'node:assert/strict'
import { test } from 'node:test'
import { coverArt } from './cover-art.ts'

const idOf = (index: number): string => `prd_${String(index).padStart(26, '0')}`

test('covers – the same id – the same picture; ids that count up – different ones', () => {
  const pictures = Array.from({ length: 24 }, (_, index) =>
    JSON.stringify(coverArt(idOf(index + 1))),
  )
  assert.deepEqual(
    pictures,
    pictures.map((_, index) => JSON.stringify(coverArt(idOf(index + 1)))),
  )
  assert.equal(new Set(pictures).size, 24)
})

test('covers – of many games – use every palette, and draw within the frame', () => {
  const skies = new Set<string>()
  for (let index = 0; index < 200; index++) {
    const { sky, shapes } = coverArt(idOf(index))
    skies.add(sky.join())
    assert.ok(shapes.length >= 9)
    for (const { d, at } of shapes) assert.ok((d !== undefined) !== (at !== undefined))
    assert.ok(!/NaN|Infinity/.test(JSON.stringify(shapes)))
  }
  assert.equal(skies.size, 8)
})
