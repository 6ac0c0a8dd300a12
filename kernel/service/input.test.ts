import assert from 'node:assert/strict'
import { test } from 'node:test'
import Type from 'typebox'
import { Compile } from 'typebox/compile'
import { Problem } from '../pure/problem.ts'
import { listNotes, takeNote } from '../testing/notes.ts'
import { inputCheckOf, lenient, strict } from './input.ts'

const pointersOf = (check: () => unknown): string[] => {
  try {
    check()
  } catch (error) {
    assert.ok(error instanceof Problem)
    assert.equal(error.kind.code, 'kernel.invalid_input')
    return (error.options.errors ?? []).map((e) => `${e.pointer}: ${e.detail}`)
  }
  return []
}

const take = inputCheckOf(takeNote)
const body = (value: unknown): string[] =>
  pointersOf(() => take({ params: {}, query: {}, body: value }))

const deep = (levels: number): unknown => (levels === 0 ? 1 : [deep(levels - 1)])

const BAD: readonly (readonly [string, unknown, readonly string[]])[] = [
  ['nothing at all', undefined, ['/text: is required']],
  ['null', null, [': must be object']],
  ['a list', [], [': must be object']],
  ['a text', 'x', [': must be object']],
  ['a missing field', {}, ['/text: is required']],
  ['a wrong type', { text: 1 }, ['/text: must be string']],
  ['a number as text', { text: 'a', stars: '1' }, ['/stars: must be integer']],
  ['a fraction', { text: 'a', stars: 1.5 }, ['/stars: must be integer']],
  ['too much', { text: 'a', stars: 6 }, ['/stars: must be <= 5']],
  ['an unknown field', { text: 'a', txt: 'b' }, ['/txt: is not a known field']],
  [
    'an unknown field inside',
    { text: 'a', tags: [{ name: 'x', q: 1 }] },
    ['/tags/0/q: is not a known field'],
  ],
  ['a field with a slash', { text: 'a', 'b/c~': 1 }, ['/b~1c~0: is not a known field']],
  ['an unknown word', { text: 'a', kind: 'shy' }, ['/kind: must be one of: plain, loud']],
  [
    'a prototype',
    JSON.parse('{"text":"a","__proto__":{"x":1}}'),
    ['/__proto__: is not a known field'],
  ],
  ['a NUL', { text: 'a\0' }, ['/text: holds a NUL character']],
  ['a NUL in a name', { text: 'a', '\0': 1 }, [': holds a NUL character']],
  ['half a character', { text: 'a\ud800' }, ['/text: holds half a character']],
  ['the other half', { text: '\udc00a' }, ['/text: holds half a character']],
  ['half a character in a name', { text: 'a', '\ud800': 1 }, [': holds half a character']],
]

for (const [name, value, expected] of BAD)
  test(`body – ${name} – is refused by its pointer`, () => {
    assert.deepEqual(body(value), expected)
  })

test('body – nested without end – is refused, not a stack overflow', () => {
  const found = body({ text: 'a', tags: deep(100) })
  assert.equal(found.length, 1)
  assert.match(found[0] ?? '', /is nested too deeply$/)
  const text = `${'['.repeat(100_000)}${']'.repeat(100_000)}`
  assert.match(body(JSON.parse(text))[0] ?? '', /is nested too deeply$/)
})

test('body – many wrong fields – are named up to a bound', () => {
  const many = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`f${i}`, 1]))
  const named = body({ text: 'a', ...many })
  assert.ok(named.length >= 1 && named.length <= 16, String(named.length))
})

test('query – text of numbers, booleans and lists – is read as such', () => {
  const check = inputCheckOf(listNotes)
  const read = (query: Record<string, unknown>) =>
    check({ params: {}, query, body: undefined }).query
  assert.deepEqual(read({ limit: '7', loud: 'true', tag: 'a' }), {
    limit: 7,
    loud: true,
    tag: ['a'],
  })
  assert.deepEqual(read({ tag: ['a', 'b'], loud: 'false' }), {
    limit: 10,
    loud: false,
    tag: ['a', 'b'],
  })
  assert.deepEqual(read({}), { limit: 10 })
  for (const limit of ['', ' 7', '7.0', '0x7', '1e1', '07', '51', 'NaN'])
    assert.deepEqual(pointersOf(() => read({ limit })).length, 1, limit)
  assert.deepEqual(
    pointersOf(() => read({ loud: '1' })),
    ['/query/loud: must be boolean'],
  )
  assert.deepEqual(
    pointersOf(() => read({ limit: ['1', '2'] })),
    ['/query/limit: must be integer'],
  )
  assert.deepEqual(
    pointersOf(() => read({ nope: '1' })),
    ['/query/nope: is not a known field'],
  )
  assert.deepEqual(
    pointersOf(() => read(JSON.parse('{"__proto__":"1"}'))),
    ['/query/__proto__: is not a known field'],
  )
})

const A = Type.Object({ a: Type.Object({ x: Type.Optional(Type.String()) }) })
const B = Type.Object({ b: Type.Optional(Type.String()) })

test('strict – an intersection – knows the fields of all its parts and no others', () => {
  const check = Compile(strict(Type.Intersect([A, B])))
  assert.ok(check.Check({ a: {}, b: '' }))
  assert.ok(!check.Check({ a: {}, c: 1 }))
  assert.ok(!check.Check({ a: { y: 1 } }))
})

test('strict – objects that name no field, records – stay open', () => {
  assert.ok(Compile(strict(Type.Object({}))).Check({ any: 1 }))
  assert.ok(Compile(strict(Type.Record(Type.String(), Type.Integer()))).Check({ any: 1 }))
})

test('lenient – a closed reply with a new field – fits', () => {
  const closed = Type.Object(
    { a: Type.Array(Type.Object({ x: Type.String() }, { additionalProperties: false })) },
    { additionalProperties: false },
  )
  const newer = { a: [{ x: '', y: 1 }], z: 1 }
  assert.ok(!Compile(strict(closed)).Check(newer))
  assert.ok(Compile(lenient(closed)).Check(newer))
  assert.ok(!Compile(lenient(closed)).Check({ a: [{ y: 1 }] }))
})
