import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checklist } from '../../flows/checklist.ts'
import { isGreen } from './result.ts'
import { NEEDING, SHOWN } from './shown.ts'
import { judgeSpec } from './spec.ts'

const REAL = Object.values(NEEDING).flat()
const seen = (ids: readonly string[]) => Object.fromEntries(ids.map((id) => [id, { test: 'run' }]))
const judged = (ids: readonly string[], requireReal = false) =>
  judgeSpec({ shown: seen(ids), unknown: [] }, requireReal).tests[0]?.error

test('specification kept – all that is listed – each is in the checklist, once', () => {
  const known = new Set(checklist.map(({ id }) => id))
  const all = [...SHOWN, ...REAL]
  assert.deepEqual(
    all.filter((id) => !known.has(id)),
    [],
  )
  assert.equal(new Set(all).size, all.length)
  assert.ok(all.length >= 67, `${all.length} items`)
})

test('specification kept – a run that shows all of it, and more – has passed', () => {
  assert.equal(isGreen(judgeSpec({ shown: seen([...SHOWN, 'P.01']), unknown: [] }, false)), true)
  assert.equal(judged([...SHOWN, ...REAL], true), undefined)
})

test('specification kept – an item that no test shows any more, one that nobody knows – has failed, by name', () => {
  assert.equal(judged(SHOWN.slice(1)), `no longer shown by any test:\n  ${SHOWN[0]}`)
  const unknown = judgeSpec({ shown: seen(SHOWN), unknown: ['P.99'] }, false)
  assert.equal(unknown.tests[0]?.error, 'not in the checklist:\n  P.99')
})

test('specification kept – an item that needs a real server – is missed only where all of them are required', () => {
  assert.equal(judged(SHOWN), undefined)
  assert.match(String(judged(SHOWN, true)), /M\.R1/)
})
