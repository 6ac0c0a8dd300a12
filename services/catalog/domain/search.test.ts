import assert from 'node:assert/strict'
import { test } from 'node:test'
import { searchOf } from './search.ts'

test('search – words, signs of the query language, nothing – beginnings of words, or no filter', () => {
  assert.equal(searchOf('Salt & Sig'), 'salt:* & sig:*')
  assert.equal(searchOf("  маяк' | !:* "), 'маяк:*')
  assert.equal(searchOf(' & '), null)
  assert.equal(searchOf(undefined), null)
})
