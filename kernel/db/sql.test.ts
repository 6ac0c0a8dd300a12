import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { rawSql, sql } from './sql.ts'

test('sql – values in a template – become numbered parameters and never text', () => {
  const statement = sql`select * from t where a = ${1} and b = ${'x'} limit ${3}`
  assert.equal(statement.text, 'select * from t where a = $1 and b = $2 limit $3')
  assert.deepEqual(statement.values, [1, 'x', 3])
})

test('sql – any value, quotes and comments included – leaves the text alone', () => {
  fc.assert(
    fc.property(fc.array(fc.anything(), { minLength: 2, maxLength: 2 }), ([a, b]) => {
      const statement = sql`insert into t values (${a}, ${b})`
      assert.equal(statement.text, 'insert into t values ($1, $2)')
      assert.deepEqual(statement.values, [a, b])
    }),
  )
})

test('sql – one call site called twice – keeps its statement name with other values', () => {
  const find = (id: number) => sql`select ${id}`
  const [first, second] = [find(1), find(2)]
  assert.equal(first.name, second.name)
  assert.notEqual(first.name, '')
  assert.deepEqual([first.values, second.values], [[1], [2]])
})

test('sql – two call sites of one text – have names of their own', () => {
  assert.notEqual(sql`select 1`.name, sql`select 1`.name)
})

test('rawSql – text built at run time – is not prepared', () => {
  assert.deepEqual(rawSql('select $1', [1]), { text: 'select $1', values: [1], name: '' })
  assert.deepEqual(rawSql('select 1').values, [])
})
