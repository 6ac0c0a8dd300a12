import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Cell, csvOf } from './csv.ts'

/** A plain reader of RFC 4180, written from its text: the other side of what is tested. */
function read(text: string): string[][] {
  const rows: string[][] = [[]]
  let cell = ''
  let quoted = false
  for (let i = 1; i < text.length; i++) {
    const c = text[i] as string
    if (quoted && c === '"' && text[i + 1] === '"') {
      cell += '"'
      i += 1
    } else if (c === '"') quoted = !quoted
    else if (!quoted && c === ',') {
      rows.at(-1)?.push(cell)
      cell = ''
    } else if (!quoted && c === '\r' && text[i + 1] === '\n') {
      rows.at(-1)?.push(cell)
      rows.push([])
      cell = ''
      i += 1
    } else cell += c
  }
  return rows.slice(0, -1)
}

test('csv – titles that a spreadsheet would run – begin with an apostrophe; numbers stay numbers', () => {
  const evil = ['=1+1', '+7', '-2', '@SUM(A1)', '\t=1', ' =1', '\uFF1D1', '\r=1']
  const lines = read(
    csvOf(
      ['title'],
      evil.map((text) => [text]),
    ),
  ).slice(1)
  assert.deepEqual(
    lines.map(([text]) => text),
    evil.map((text) => `'${text}`),
  )
  assert.equal(csvOf(['a', 'b', 'c'], [[-5, -7n, null]]), '\uFEFFa,b,c\r\n-5,-7,\r\n')
})

test('csv – any texts – are read back as they were, but for the guard', () => {
  const cell = fc.oneof(fc.string(), fc.string({ unit: 'grapheme' }), fc.integer())
  const rows = fc.array(fc.array(cell, { minLength: 2, maxLength: 2 }), { maxLength: 8 })
  fc.assert(
    fc.property(rows, (table) => {
      const back = read(csvOf(['x', 'y'], table as Cell[][]))
      assert.equal(back.length, table.length + 1)
      for (const [i, row] of table.entries())
        for (const [j, value] of row.entries()) {
          const found = back[i + 1]?.[j] ?? ''
          assert.ok(found === String(value) || found === `'${value}`, JSON.stringify(found))
          if (typeof value === 'string') assert.ok(!/^[=+\-@\t\r\n]/.test(found))
        }
    }),
  )
})
