// The manifests of all services against each other and against the documents: who publishes and who hears, which fields an event
// has, which problems there are, and that what the platform says of itself is what it does.

import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { gatewayRoutes } from '@rialto/contracts/gateway/http.ts'
import { authProblems } from '@rialto/kernel/auth/problems.ts'
import type { AnyEvent, AnyRoute } from '@rialto/kernel/pure/contract.ts'
import type { ProblemKind } from '@rialto/kernel/pure/problem.ts'
import { kernelProblems } from '@rialto/kernel/service/problems.ts'
import type { Service } from '@rialto/kernel/service/service.ts'
import { complete } from '@rialto/server/observer/judge.ts'
import { observer } from '@rialto/server/observer/service.ts'
import { services } from '@rialto/server/services.ts'
import { request } from 'undici'
import { answeredLater, documentedFields, heardLater } from './documented.ts'
import { openWorld, type World } from './harness.ts'

const all: readonly Service[] = [
  ...services,
  observer({
    groups: new Map(),
    participants: new Map(),
    pool: () => {
      throw new Error('only its manifest is read')
    },
    completeness: complete,
  }),
]
const routes: readonly AnyRoute[] = all.flatMap((s) => s.features.map((f) => f.route))
const published = all.flatMap((s) => s.publishes.map((event) => ({ event, by: s.name })))
const heardBy = (service: Service): readonly AnyEvent[] => [
  ...service.handlers.map((handler) => handler.event),
  ...(service.batches ?? []).flatMap(({ events }) => (events === 'all' ? [] : events)),
]
const heard = new Set(all.flatMap(heardBy).map((event) => event.type))
const root = fileURLToPath(new URL('../../', import.meta.url))
const textsOf = (pattern: string): string =>
  globSync(pattern, { cwd: root })
    .filter((path) => !path.includes('node_modules') && !path.endsWith('.test.ts'))
    .map((path) => readFileSync(`${root}${path}`, 'utf8'))
    .join('\n')
const sorted = (texts: Iterable<string>): string[] => [...texts].sort()

/** Internal: read by the observer's batches, which take everything. */
const isInternal = (event: AnyEvent): boolean => event.source === 'observer'

test('events – each – is published by one service, its source', () => {
  assert.ok(published.length >= 15, `${published.length} events`)
  const types = published.map(({ event }) => `${event.type} v${event.version}`)
  assert.deepEqual(sorted(types), sorted(new Set(types)))
  for (const { event, by } of published) assert.equal(event.source, by, event.type)
})

test('events – those that contracts declare – are those that are published', () => {
  const declared = [
    ...textsOf('contracts/*/{events,receipts}.ts').matchAll(/^ {2}type: '([^']+)'/gm),
  ]
  assert.deepEqual(
    sorted(declared.map((match) => match[1] ?? '')),
    sorted(published.map(({ event }) => event.type)),
  )
})

test('handlers – each – waits for an event that somebody publishes', () => {
  const types = new Set(published.map(({ event }) => event.type))
  const waiting = all.flatMap((s) => heardBy(s).map((event) => `${s.name} ${event.type}`))
  assert.ok(waiting.length >= 10, `${waiting.length} handlers`)
  assert.deepEqual(
    waiting.filter((line) => !types.has(line.split(' ')[1] ?? '')),
    [],
  )
})

test('events – each – is heard, or is known to be heard later', () => {
  const unheard = published.filter(({ event }) => !heard.has(event.type) && !isInternal(event))
  const types = sorted(unheard.map(({ event }) => event.type))
  assert.deepEqual(types, sorted(Object.keys(heardLater)), 'documented.ts says who hears later')
})

test('events – each that a document describes – has the document’s fields, all required', () => {
  let seen = 0
  for (const { event } of published) {
    const documented = documentedFields[event.type]
    if (documented === undefined) continue
    seen += 1
    const { required = [] } = event.data as { required?: string[] }
    assert.deepEqual(
      documented.filter((name) => !required.includes(name)),
      [],
      event.type,
    )
  }
  assert.ok(seen >= 12, `${seen} documented events`)
})

const own: readonly ProblemKind[] = all.flatMap((s) => Object.values(s.problems))

test('problems – every code of a route’s contract – belongs to a table, and is one kind everywhere', () => {
  const known = new Map(own.map((kind) => [kind.code, kind]))
  assert.equal(known.size, own.length, 'a code stands in two tables')
  for (const route of [...routes, ...gatewayRoutes])
    for (const kind of route.problems) assert.equal(known.get(kind.code), kind, route.name)
})

test('problems – every code of a service’s table – is answered by a route, or is known to come later', () => {
  const answering = [...routes, ...gatewayRoutes]
  const declared = new Set(answering.flatMap((route) => route.problems.map((kind) => kind.code)))
  const unanswered = own.map((kind) => kind.code).filter((code) => !declared.has(code))
  assert.ok(declared.size >= 20, `${declared.size} codes`)
  const later = sorted(Object.keys(answeredLater))
  assert.deepEqual(sorted(unanswered), later, 'documented.ts says what is answered later')
})

test('problems – every code of a table – is used in the code', () => {
  const code = textsOf('{kernel,services,apps}/**/*.ts')
  const isUsed = (name: string): boolean => RegExp(`([pP]roblems\\.|')${name}\\b`).test(code)
  const kernels = [...Object.values(kernelProblems), ...Object.values(authProblems)]
  const unused = [...own, ...kernels]
    .map((kind) => kind.code)
    .filter((full) => answeredLater[full] === undefined && !isUsed(full.split('.')[1] ?? ''))
  assert.deepEqual(unused, [])
})

test('problems – every code of every table – is answered in some test', () => {
  const paths = globSync('{kernel,services,apps,tests,web}/**/*.test.ts', {
    cwd: root,
    exclude: (path) => path.endsWith('node_modules'),
  })
  const tests = paths.map((path) => readFileSync(`${root}${path}`, 'utf8')).join('\n')
  // A code may be the beginning of another.
  const isAnswered = (code: string): boolean =>
    RegExp(`${RegExp.escape(code)}(?![a-z_])`).test(tests)
  const codes = [...own, ...Object.values(kernelProblems), ...Object.values(authProblems)]
  assert.ok(codes.length >= 60 && paths.length >= 100, `${codes.length} in ${paths.length}`)
  assert.deepEqual(
    codes.map(({ code }) => code).filter((code) => !isAnswered(code)),
    [],
  )
})

describe('references', { timeout: 280_000 }, () => {
  let world: World
  before(async () => {
    world = await openWorld()
  })
  after(() => world.stop())

  const read = async (path: string): Promise<Record<string, unknown>> => {
    const response = await request(`${world.url}${path}`)
    assert.equal(response.statusCode, 200)
    return (await response.body.json()) as Record<string, unknown>
  }

  /** What the platform answers to a route without a token and without a body. */
  const answerTo = async (route: AnyRoute, prefix: string): Promise<[number, unknown]> => {
    const path = route.path.replaceAll(/:\w+/g, 'x')
    const { statusCode, body } = await request(`${world.url}${prefix}${path}`, {
      method: route.method,
    })
    const text = await body.text()
    return [statusCode, text.startsWith('{') ? JSON.parse(text).code : undefined]
  }

  test('OpenAPI – the routes of all manifests – the same, in both directions', async () => {
    const { paths } = (await read('/openapi.json')) as { paths: Record<string, object> }
    const documented = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    )
    const offered = [...routes, ...gatewayRoutes].filter((route) => route.access !== 'internal')
    assert.deepEqual(
      sorted(documented),
      sorted(offered.map((r) => `${r.method} ${r.path.replaceAll(/:(\w+)/g, '{$1}')}`)),
    )
    assert.ok(offered.length >= 20, `${offered.length} routes`)
  })

  test('routes – offered ones, internal ones – answered, unknown; under both prefixes', async () => {
    for (const route of [...routes, ...gatewayRoutes])
      for (const prefix of ['', '/api/v1']) {
        const [status, code] = await answerTo(route, prefix)
        if (route.access === 'internal')
          assert.deepEqual([status, code], [404, 'kernel.not_found'], route.name)
        else
          assert.ok(
            code !== 'kernel.not_found' && code !== 'kernel.method_not_allowed' && status < 500,
            `${route.name} ${status} ${code}`,
          )
      }
  })

  test('AsyncAPI – the events of all manifests – listed', async () => {
    const text = JSON.stringify(await read('/asyncapi.json'))
    for (const { event } of published) assert.ok(text.includes(`"${event.type}"`), event.type)
  })
})
