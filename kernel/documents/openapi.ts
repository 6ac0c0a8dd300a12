// OpenAPI 3.1 from the same contracts that validate requests, so the document cannot say another thing than the server does.
// Routes are laid on a bare fastify that never listens; @fastify/swagger writes the document from them.

import swagger from '@fastify/swagger'
import Fastify, { type FastifyInstance, type FastifySchema } from 'fastify'
import type { Access, AnyRoute } from '../pure/contract.ts'
import { Problem, type ProblemKind } from '../pure/problem.ts'
import { Components } from './components.ts'

export interface DocumentInfo {
  readonly title: string
  readonly version: string
  readonly description?: string
}

export interface OpenApiInfo extends DocumentInfo {
  readonly servers?: readonly { readonly url: string; readonly description?: string }[]
  /** Problems that every route may answer with, besides its own: the kernel's. */
  readonly problems?: readonly ProblemKind[]
}

type Json = Readonly<Record<string, unknown>>

const text = { type: 'string' } as const

const PROBLEM = {
  $id: 'Problem',
  type: 'object',
  description: 'RFC 9457 problem. `code` is stable; `action` says what to do about it.',
  required: ['type', 'title', 'status', 'detail', 'code', 'action', 'money'],
  properties: {
    type: { ...text, format: 'uri', description: 'Stable address of the code.' },
    title: { ...text, description: 'The same for every problem of this code.' },
    status: { type: 'integer' },
    detail: { ...text, description: 'What is wrong in this case; safe to show.' },
    code: { ...text, description: 'Such as `orders.unknown_order`.' },
    action: { ...text, description: 'What the caller can do, in one sentence.' },
    money: {
      ...text,
      enum: ['untouched', 'safe', 'checking'],
      description: 'Whether the caller’s money is untouched, moved or not yet known.',
    },
    instance: text,
    trace_id: text,
    errors: {
      type: 'array',
      items: {
        type: 'object',
        required: ['pointer', 'detail'],
        properties: { pointer: text, detail: text },
      },
    },
    retry_after: { type: 'integer', description: 'Seconds; also sent as Retry-After.' },
    facts: { type: 'object', description: 'Facts of this case that a program can use.' },
  },
}

const IDEMPOTENCY_KEY = {
  type: 'object',
  properties: {
    'idempotency-key': {
      type: 'string',
      minLength: 1,
      maxLength: 255,
      description:
        'A new value for each new request, such as a UUID. The same key and body again are answered with the first answer and `Idempotency-Replayed: true`.',
    },
  },
}

const accepts = (schema: Json): boolean =>
  schema.additionalProperties !== false || Object.keys((schema.properties ?? {}) as Json).length > 0

/** A reply that is one of these problems, each with an example of its body. */
function problemReply(kinds: readonly ProblemKind[], problem: Json): Json {
  const distinct = [...new Map(kinds.map((kind) => [kind.code, kind])).values()]
  const examples = distinct.map((kind) => [
    kind.code,
    { summary: kind.title, value: new Problem(kind).body() },
  ])
  const media = { schema: problem, examples: Object.fromEntries(examples) }
  return {
    description: distinct.map((kind) => `\`${kind.code}\`: ${kind.title}.`).join(' '),
    content: { 'application/problem+json': media },
  }
}

function problemReplies(kinds: readonly ProblemKind[], problem: Json): Json {
  const byStatus = new Map<number, ProblemKind[]>()
  for (const kind of kinds) byStatus.set(kind.status, [...(byStatus.get(kind.status) ?? []), kind])
  const replies = [...byStatus].map(([status, some]) => [status, problemReply(some, problem)])
  return Object.fromEntries(replies)
}

function goodReplies(route: AnyRoute, components: Components): Json {
  const replies = Object.entries(route.replies as Record<string, Json>).map(([status, schema]) => {
    const description = String(schema.description ?? (status === '204' ? 'Done.' : 'Answer.'))
    if (status === '204') return [status, { type: 'null', description }]
    const media = { schema: components.print(schema) }
    return [status, { description, content: { [route.media ?? 'application/json']: media } }]
  })
  return Object.fromEntries(replies)
}

function securityOf(access: Access): Json[] {
  if (access === 'public') return []
  return access === 'internal' ? [{ service: [] }] : [{ bearer: [] }]
}

function schemaOf(route: AnyRoute, info: OpenApiInfo, components: Components): FastifySchema {
  const part = (name: string, schema: Json): Json =>
    accepts(schema) ? { [name]: components.print(schema) } : {}
  const problem = components.print(PROBLEM)
  return {
    operationId: route.name,
    summary: route.summary,
    tags: [route.service],
    security: securityOf(route.access),
    ...(Array.isArray(route.access) ? { 'x-roles': route.access } : {}),
    ...part('params', route.params),
    ...part('querystring', route.query),
    ...(route.method === 'GET' ? {} : part('body', route.body)),
    ...(route.idempotent === true ? { headers: IDEMPOTENCY_KEY } : {}),
    response: {
      ...problemReplies(route.problems, problem),
      ...goodReplies(route, components),
      default: { ...problemReply(info.problems ?? [], problem), description: 'Any other problem.' },
    },
  } as FastifySchema
}

async function bareServer(info: OpenApiInfo): Promise<FastifyInstance> {
  const app = Fastify({ exposeHeadRoutes: false })
  // Nothing is ever served from it: schemas need not compile, only be printed.
  app.setValidatorCompiler(() => () => true)
  app.setSerializerCompiler(() => () => '')
  const { title, version, description } = info
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title, version, ...(description === undefined ? {} : { description }) },
      ...(info.servers === undefined ? {} : { servers: info.servers.map((s) => ({ ...s })) }),
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
          service: {
            type: 'http',
            scheme: 'bearer',
            description: 'Service token; not reachable from outside.',
          },
        },
      },
    },
    refResolver: { buildLocalReference: (json) => String(json.$id) },
  })
  return app
}

/** The document of these routes, such as `GET /openapi.json` serves it. */
export async function openApiDocument(
  routes: readonly AnyRoute[],
  info: OpenApiInfo,
): Promise<Readonly<Record<string, unknown>>> {
  const names = new Set(routes.map((route) => route.name))
  if (names.size !== routes.length) throw new Error('two routes have the same name')
  const components = new Components((id) => `${id}#`)
  const prepared = routes.map((route) => ({ route, schema: schemaOf(route, info, components) }))
  const app = await bareServer(info)
  try {
    for (const [id, schema] of components.entries()) app.addSchema({ $id: id, ...schema })
    for (const { route, schema } of prepared)
      app.route({ method: route.method, url: route.path, schema, handler: () => undefined })
    await app.ready()
    return JSON.parse(JSON.stringify(app.swagger()))
  } finally {
    await app.close()
  }
}
