// The HTTP door of a process: routes of mounted services, every refusal a problem, nothing of ours in an error. Headers that
// tie a request to its cause are believed only from our own processes. On close the port stops listening, requests at hand
// are answered with `connection: close`, and what still hangs after the grace is cut; a crash cuts all, and keys make it safe.

import type { AddressInfo } from 'node:net'
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify'
import type { AnyRoute } from '../pure/contract.ts'
import { Problem } from '../pure/problem.ts'
import { problemAnswer } from '../service/answer.ts'
import { anonymous, type Caller, type Environment } from '../service/context.ts'
import type { Mounted, RawReply, RawRequest } from '../service/mount.ts'
import { kernelProblems } from '../service/problems.ts'
import { type ParsedBody, parseBodies, parseRawBodies } from './bodies.ts'
import type { DoorCertificate, SecureServer } from './certificate.ts'
import { answerBrokenRequest, problemOfHttp, readableUrl, UNREADABLE } from './refusals.ts'

export type Authenticate = (
  headers: Readonly<Record<string, string | undefined>>,
  route: AnyRoute,
) => Promise<Caller>

/** A webhook: its Authorization is its provider's own affair. */
export const isForeign = (route: AnyRoute): boolean =>
  route.raw === true && route.access === 'public'

export interface HttpOptions {
  readonly mounted: readonly Mounted[]
  /** Who sent these headers; throws a problem for a token that is not good. */
  readonly authenticate: Authenticate
  readonly env: Environment
  /** For our own processes only: serves internal routes and believes correlation headers. */
  readonly internal: boolean
  /** Every route is served under each of these; the gateway has `/api/v1` and none. */
  readonly prefixes?: readonly string[]
  readonly host?: string
  /** 0 takes a free one. */
  readonly port?: number
  readonly limits?: Partial<HttpLimits>
  /** Absent: plain http. */
  readonly certificate?: DoorCertificate | undefined
  /** Addresses or subnets of the proxies whose `x-forwarded-for` is believed. */
  readonly trustedProxies?: readonly string[]
  /** Of every answer, also to what never becomes a request. */
  readonly headers?: Readonly<Record<string, string>>
  /** Adds hooks and pages of its own before the routes. */
  readonly extend?: (app: HttpApp) => Promise<void> | void
}

/** The server under the door, for `extend`. */
export type HttpApp = FastifyInstance

export interface HttpLimits {
  readonly bodyBytes: number
  /** A request must have arrived whole by then. */
  readonly requestTimeoutMs: number
  /** Longer than our client keeps a connection, so that it is the client who closes and no request meets a closed one. */
  readonly keepAliveMs: number
  /** How long close waits for requests at hand. */
  readonly graceMs: number
}

const LIMITS: HttpLimits = {
  bodyBytes: 256 * 1_024,
  requestTimeoutMs: 15_000,
  keepAliveMs: 72_000,
  graceMs: 10_000,
}

export interface HttpHost {
  readonly url: string
  /** From now on every answer tells its client to take its next request elsewhere; all are answered until `close`. */
  leave(): void
  close(): Promise<void>
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Id of everything this request sets off. */
    correlation: string
    caller: Caller
  }
}

type Headers = Readonly<Record<string, string | undefined>>

const PASSED_ON = /^[\x21-\x7e]{1,200}$/
const OUR_HEADERS = [
  ...['x-correlation-id', 'x-cause-id', 'x-flow', 'traceparent', 'x-client-ip'],
  ...['x-service-token', 'x-deadline-ms'],
]
const DEADLINE_MS = /^[1-9]\d{0,6}$/

const passedOn = (headers: Headers, name: string): string | undefined => {
  const value = headers[name]
  return value !== undefined && PASSED_ON.test(value) ? value : undefined
}

function rawRequest(request: FastifyRequest, internal: boolean): RawRequest {
  const headers = request.headers as Headers
  const parsed = request.body as ParsedBody | undefined
  const base: RawRequest = {
    params: request.params as RawRequest['params'],
    query: request.query as RawRequest['query'],
    headers,
    body: parsed?.value,
    ...(parsed?.raw === undefined ? {} : { raw: parsed.raw }),
    caller: request.caller,
    ip: request.ip,
    correlation: request.correlation,
  }
  if (!internal) return base
  const cause = passedOn(headers, 'x-cause-id')
  const flow = passedOn(headers, 'x-flow')
  const traceparent = passedOn(headers, 'traceparent')
  const leftMs = headers['x-deadline-ms'] ?? ''
  return {
    ...base,
    ip: passedOn(headers, 'x-client-ip') ?? request.ip,
    ...(cause === undefined ? {} : { cause }),
    ...(flow === undefined ? {} : { flow }),
    ...(traceparent === undefined ? {} : { traceparent }),
    ...(DEADLINE_MS.test(leftMs) ? { deadline: performance.now() + Number(leftMs) } : {}),
  }
}

/** `/orders/:order_id` and `/orders/:id` are one address. */
const shapeOf = (path: string): string => path.replaceAll(/:[^/]+/g, ':')

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']

/** Answers 405 where an address exists with other methods. */
function refuseOtherMethods(app: FastifyInstance, addresses: readonly [string, string][]): void {
  const known = new Map<string, { url: string; methods: Set<string> }>()
  for (const [url, method] of addresses) {
    const entry = known.get(shapeOf(url)) ?? { url, methods: new Set<string>() }
    entry.methods.add(method)
    if (method === 'GET') entry.methods.add('HEAD')
    known.set(shapeOf(url), entry)
  }
  for (const { url, methods } of known.values()) {
    const allow = [...methods].join(', ')
    app.route({
      url,
      method: METHODS.filter((method) => !methods.has(method)),
      onRequest: async (_request, reply) => {
        reply.header('allow', allow)
        throw new Problem(kernelProblems.method_not_allowed, { detail: `Allowed here: ${allow}` })
      },
      handler: async () => undefined,
    })
  }
}

function addRoute(app: FastifyInstance, options: HttpOptions, at: Address): void {
  const { mounted, route, url } = at
  const { internal, authenticate } = options
  app.route({
    url,
    method: route.method,
    onRequest: async (request) => {
      request.caller =
        isForeign(route) && !internal
          ? anonymous
          : await authenticate(request.headers as Headers, route)
    },
    handler: async (request, reply) => {
      const answer = await mounted.call(route, rawRequest(request, internal))
      reply.code(answer.status).headers(answer.headers)
      if (internal && answer.flow !== undefined) reply.header('x-flow', answer.flow)
      return reply.send(answer.body)
    },
  })
}

interface Address {
  readonly mounted: Mounted
  readonly route: AnyRoute
  readonly url: string
}

function addressesOf(options: HttpOptions): Address[] {
  return options.mounted.flatMap((mounted) =>
    mounted.routes
      .filter((route) => options.internal || route.access !== 'internal')
      .flatMap((route) =>
        (options.prefixes ?? ['']).map((prefix) => ({ mounted, route, url: prefix + route.path })),
      ),
  )
}

function bare(options: HttpOptions, limits: HttpLimits): FastifyInstance {
  const { env, certificate, headers = {} } = options
  const patience = {
    headersTimeout: limits.requestTimeoutMs,
    connectionsCheckingInterval: Math.min(limits.requestTimeoutMs, 2_000),
  }
  const app = fastify({
    logger: false,
    bodyLimit: limits.bodyBytes,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveMs,
    forceCloseConnections: 'idle',
    // Who still holds a connection while we close gets an answer; turning it away would fail a request without need.
    return503OnClosing: false,
    trustProxy: options.trustedProxies === undefined ? false : [...options.trustedProxies],
    ...(certificate === undefined
      ? { http: patience }
      : { https: { ...patience, ...certificate.options } }),
    clientErrorHandler: (error, socket) =>
      answerBrokenRequest({ code: error.code, socket, traceId: env.ids.uuid(), headers }),
    // Both keep refusals in the hands of the hooks. A parameter that is too long is refused by its contract; an address of more
    // than this does not come through the limit of headers.
    rewriteUrl: (request) => readableUrl(request.url),
    routerOptions: { maxParamLength: 16_384 },
  })
  // With these options its type is one that fastify's own plugin types do not take.
  return app as unknown as FastifyInstance
}

function send(reply: FastifyReply, answer: RawReply): void {
  reply.code(answer.status).headers(answer.headers)
  reply.send(answer.body)
}

/** What holds for every request; answers how to say that we are leaving. */
function addCommon(app: FastifyInstance, options: HttpOptions): () => void {
  const { env, internal, headers = {} } = options
  app.decorateRequest('correlation', '')
  app.decorateRequest('caller', null as unknown as Caller)
  let closing = false
  const leave = (): void => {
    closing = true
  }
  app.addHook('preClose', async () => leave())
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(headers)
    const sent = request.headers as Record<string, string | undefined>
    const given = internal ? passedOn(sent, 'x-correlation-id') : undefined
    request.correlation = given ?? env.ids.uuid()
    request.caller = anonymous
    if (!internal) for (const name of OUR_HEADERS) delete sent[name]
  })
  app.addHook('onSend', async (request, reply) => {
    reply.header('x-correlation-id', request.correlation)
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store')
    // Without it the connection would stay open for its keep-alive time, and close would wait for it.
    if (closing) reply.header('connection', 'close')
  })
  app.setErrorHandler((error, request, reply) => {
    const problem = problemOfHttp(error, request.raw)
    if (problem.kind.status >= 500)
      env.log.error({ err: error, correlation: request.correlation }, 'request failed at the edge')
    send(reply, problemAnswer(problem, request.correlation))
  })
  app.setNotFoundHandler((request, reply) => {
    const { malformed_request, not_found } = kernelProblems
    const kind = request.url === UNREADABLE ? malformed_request : not_found
    send(reply, problemAnswer(new Problem(kind), request.correlation))
  })
  return leave
}

/** Opens the door: listens when it resolves. */
export async function openHttp(options: HttpOptions): Promise<HttpHost> {
  const limits = { ...LIMITS, ...options.limits }
  const app = bare(options, limits)
  const leave = addCommon(app, options)
  parseBodies(app)
  await options.extend?.(app)
  const addresses = addressesOf(options)
  await app.register((raw, _options, done) => {
    parseRawBodies(raw)
    for (const at of addresses) if (at.route.raw === true) addRoute(raw, options, at)
    done()
  })
  for (const at of addresses) if (at.route.raw !== true) addRoute(app, options, at)
  refuseOtherMethods(
    app,
    addresses.map(({ url, route }) => [url, route.method]),
  )
  const host = options.host ?? '127.0.0.1'
  await app.listen({ host, port: options.port ?? 0 })
  const { port } = app.server.address() as AddressInfo
  const { certificate } = options
  certificate?.follow(app.server as unknown as SecureServer)
  return {
    url: `${certificate === undefined ? 'http' : 'https'}://${host}:${port}`,
    leave,
    async close() {
      const grace = setTimeout(() => app.server.closeAllConnections(), limits.graceMs)
      try {
        await app.close()
      } finally {
        clearTimeout(grace)
      }
    },
  }
}
