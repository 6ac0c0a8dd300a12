import assert from 'node:assert/strict'
import { test } from 'node:test'
import { filteredSql } from './filter.ts'

test('filtered list – some filters given – only they stand in the statement, each value a parameter', () => {
  const list = filteredSql({
    select: 'select a from t',
    conditions: [
      ['a = ?', undefined],
      ['b = ?', "x' or true --"],
      ['(c = ? or d = ?)', 7],
      ['e = ?', null],
    ],
    order: 'order by a',
    limit: 51,
  })
  assert.equal(list.text, 'select a from t where b = $1 and (c = $2 or d = $2) order by a limit $3')
  assert.deepEqual(list.values, ["x' or true --", 7, 51])
})

test('filtered list – no filter – no condition', () => {
  const list = filteredSql({
    select: 'select a from t',
    conditions: [],
    order: 'order by a',
    limit: 1,
  })
  assert.equal(list.text, 'select a from t order by a limit $1')
})
