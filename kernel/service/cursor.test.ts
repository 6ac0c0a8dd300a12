import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Problem } from '../pure/problem.ts'
import { decodeCursor, pageOf } from './cursor.ts'

const rowsOf = (...names: string[]) => names.map((name, at) => ({ name, at }))
const page = (...names: string[]) => pageOf(rowsOf(...names), 2, (row) => [row.at, row.name])

test('pages – fewer rows than asked for, as many, one too many, none – only the third has a next page, after its last', () => {
  for (const names of [[], ['a'], ['a', 'b']])
    assert.deepEqual(page(...names), { shown: rowsOf(...names), next: {} })
  const { shown, next } = page('a', 'b', 'c')
  assert.deepEqual(shown, rowsOf('a', 'b'))
  assert.deepEqual(decodeCursor(next.next_cursor, 2), [1, 'b'])
})

test('cursors – of another list, cut, made up – are refused as bad input', () => {
  assert.equal(decodeCursor(undefined, 2), undefined)
  const { next_cursor: cursor = '' } = page('a', 'b', 'c').next
  for (const bad of ['', 'x', cursor.slice(0, -3), Buffer.from('[{},1]').toString('base64url')])
    assert.throws(() => decodeCursor(bad, 2), Problem)
  assert.throws(() => decodeCursor(cursor, 3), Problem)
})
