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
  assert.deepEqual(decodeCursor(next.next_cursor, ['instant', 'text']), [1, 'b'])
})

const made = (key: unknown): string => Buffer.from(JSON.stringify(key)).toString('base64url')

test('cursors – of another list, cut, made up – are refused as bad input', () => {
  assert.equal(decodeCursor(undefined, ['text']), undefined)
  const { next_cursor: cursor = '' } = page('a', 'b', 'c').next
  const bad = ['', 'x', cursor.slice(0, -3), ...[[{}, 1], [1, {}], {}, null, 1].map(made)]
  for (const text of bad) assert.throws(() => decodeCursor(text, ['instant', 'text']), Problem)
  assert.throws(() => decodeCursor(cursor, ['instant', 'text', 'text']), Problem)
  assert.throws(() => decodeCursor(cursor, ['instant']), Problem)
})

test('cursors – parts that are not of their kind, or that a statement does not take – are refused', () => {
  const uuid = '01a1fc8a-bd5d-7140-8ca4-b5bee0380258'
  const fits = (kind: 'instant' | 'text' | 'uuid', part: unknown): boolean => {
    try {
      return decodeCursor(made([part]), [kind])?.[0] === part
    } catch (error) {
      assert.ok(error instanceof Problem)
      return false
    }
  }
  for (const part of [0, 1.5, 253_402_300_799_999]) assert.ok(fits('instant', part), `${part}`)
  for (const part of [-1, 253_402_300_800_000, 1e300, '1', 'Ledger', null, true, [1]])
    assert.ok(!fits('instant', part), `${part}`)
  for (const part of ['', 'Ledger', '1']) assert.ok(fits('text', part), part)
  for (const part of ['a\0b', 1, null, ['a']]) assert.ok(!fits('text', part), `${part}`)
  assert.ok(fits('uuid', uuid))
  for (const part of ['x', `${uuid}0`, 1]) assert.ok(!fits('uuid', part), `${part}`)
})
