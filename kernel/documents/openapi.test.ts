import assert from 'node:assert/strict'
import { test } from 'node:test'
import Type from 'typebox'
import { route } from '../pure/contract.ts'
import { problems } from '../pure/problem.ts'
import { openApiDocument } from './openapi.ts'

const kinds = problems('shop', {
  unknown_thing: [404, 'Unknown thing', 'Look at the list.'],
  sold_out: [409, 'Sold out', 'Come back later.'],
  closed: [409, 'Closed', 'Come back tomorrow.'],
})
const edge = problems('edge', { invalid_input: [400, 'Invalid input', 'Correct it.'] })

const Price = Type.Object(
  { amount: Type.Integer(), currency: Type.Union([Type.Literal('RUB'), Type.Literal('USD')]) },
  { $id: 'Price', additionalProperties: false },
)
const getThing = route({
  name: 'getThing',
  service: 'shop',
  method: 'GET',
  path: '/things/:thing_id',
  summary: 'One thing.',
  access: ['customer', 'operator'],
  params: Type.Object({ thing_id: Type.String() }, { additionalProperties: false }),
  query: Type.Object(
    { limit: Type.Optional(Type.Integer({ minimum: 1 })) },
    { additionalProperties: false },
  ),
  replies: { 200: Type.Object({ price: Price, note: Type.Union([Type.String(), Type.Null()]) }) },
  problems: [kinds.unknown_thing],
})
const buyThing = route({
  name: 'buyThing',
  service: 'shop',
  method: 'POST',
  path: '/things',
  summary: 'Buys one.',
  access: 'public',
  idempotent: true,
  body: Type.Object({ price: Price }, { additionalProperties: false }),
  replies: { 201: Price, 204: Type.Null() },
  problems: [kinds.sold_out, kinds.closed],
})
const info = { title: 'Shop', version: '1', problems: [edge.invalid_input] }

type Node = Record<string, unknown>
const at = (document: unknown, ...path: string[]): unknown =>
  path.reduce((node: unknown, step) => (node as Node | undefined)?.[step], document)

function refsOf(node: unknown): string[] {
  if (typeof node !== 'object' || node === null) return []
  const own = '$ref' in node && typeof node.$ref === 'string' ? [node.$ref] : []
  return [...own, ...Object.values(node).flatMap(refsOf)]
}

test('OpenAPI – every reference and security scheme – is in the document, which says 3.1', async () => {
  const document = await openApiDocument([getThing, buyThing], info)
  assert.match(String(document.openapi), /^3\.1\./)
  const refs = refsOf(document.paths)
  assert.ok(refs.length >= 6, `${refs.length} references`)
  for (const ref of refs) assert.notEqual(at(document, ...ref.slice(2).split('/')), undefined, ref)
  const schemes = Object.keys(at(document, 'components', 'securitySchemes') as Node)
  for (const item of Object.values(document.paths as Node))
    for (const one of Object.values(item as Node))
      for (const needed of at(one, 'security') as Node[])
        for (const scheme of Object.keys(needed)) assert.ok(schemes.includes(scheme), scheme)
})

test('OpenAPI – a read – parameters, roles, answer and problems as the contract has them', async () => {
  const document = await openApiDocument([getThing, buyThing], info)
  const get = at(document, 'paths', '/things/{thing_id}', 'get') as Node
  assert.equal(get.operationId, 'getThing')
  assert.deepEqual(get.security, [{ bearer: [] }])
  assert.deepEqual(get['x-roles'], ['customer', 'operator'])
  assert.equal(get.requestBody, undefined)
  assert.deepEqual(get.parameters, [
    { schema: { type: 'integer', minimum: 1 }, in: 'query', name: 'limit', required: false },
    { schema: { type: 'string' }, in: 'path', name: 'thing_id', required: true },
  ])
  assert.deepEqual(Object.keys(get.responses as Node), ['200', '404', 'default'])
  assert.deepEqual(at(get.responses, '200', 'content', 'application/json', 'schema'), {
    type: 'object',
    required: ['price', 'note'],
    properties: {
      price: { $ref: '#/components/schemas/Price' },
      note: { anyOf: [{ type: 'string' }, { type: 'null' }] },
    },
  })
  assert.deepEqual(at(document, 'components', 'schemas', 'Price'), {
    type: 'object',
    required: ['amount', 'currency'],
    properties: { amount: { type: 'integer' }, currency: { type: 'string', enum: ['RUB', 'USD'] } },
    additionalProperties: false,
  })
  const media = at(get.responses, '404', 'content', 'application/problem+json')
  assert.deepEqual(at(media, 'schema'), { $ref: '#/components/schemas/Problem' })
  assert.equal(at(media, 'examples', 'shop.unknown_thing', 'value', 'status'), 404)
})

test('OpenAPI – a write – body, key header, empty answer, problems of one status together', async () => {
  const document = await openApiDocument([getThing, buyThing], info)
  const post = at(document, 'paths', '/things', 'post') as Node
  assert.deepEqual(post.security, [])
  assert.deepEqual(at(post, 'requestBody', 'content', 'application/json', 'schema'), {
    type: 'object',
    required: ['price'],
    properties: { price: { $ref: '#/components/schemas/Price' } },
    additionalProperties: false,
  })
  const [key] = post.parameters as Node[]
  assert.deepEqual([key?.in, key?.name, key?.required], ['header', 'idempotency-key', false])
  assert.deepEqual(Object.keys(post.responses as Node), ['201', '204', '409', 'default'])
  assert.equal(at(post.responses, '204', 'content'), undefined)
  const examples = (status: string) =>
    Object.keys(
      at(post.responses, status, 'content', 'application/problem+json', 'examples') as Node,
    )
  assert.deepEqual(examples('409'), ['shop.sold_out', 'shop.closed'])
  assert.deepEqual(examples('default'), ['edge.invalid_input'])
})

test('OpenAPI – two routes of one name, two schemas of one id – refused', async () => {
  const twin = { ...buyThing, path: '/other' }
  await assert.rejects(openApiDocument([buyThing, twin], info), /same name/)
  const other = route({
    ...twin,
    name: 'other',
    replies: { 200: Type.Object({}, { $id: 'Price' }) },
  })
  await assert.rejects(
    openApiDocument([buyThing, other], info),
    /two different schemas are called Price/,
  )
})

test('OpenAPI – the schemas of the contracts – are left as they were', async () => {
  const before = JSON.stringify([getThing, buyThing])
  await openApiDocument([getThing, buyThing], info)
  assert.equal(JSON.stringify([getThing, buyThing]), before)
})
