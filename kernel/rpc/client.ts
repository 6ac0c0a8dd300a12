// Typed gRPC clients with two transports: in process, and over the network. Both serialise, both carry who caused the call,
// both throw the same Problem for the same refusal and `Unavailable` for everything that is not an answer.
//
// The caller's side records the call and its reply; the callee records nothing, so an arrow is never drawn twice.

import type {
  DescMethodUnary,
  DescService,
  MessageInitShape,
  MessageShape,
} from '@bufbuild/protobuf'
import { MethodOptions_IdempotencyLevel } from '@bufbuild/protobuf/wkt'
import {
  type CallOptions,
  Code,
  ConnectError,
  createClient,
  createRouterTransport,
  type Transport,
} from '@connectrpc/connect'
import { createGrpcTransport, Http2SessionManager } from '@connectrpc/connect-node'
import type { Logger } from '../observability/log.ts'
import { Unavailable } from '../pure/failure.ts'
import type { Caller, Context } from '../service/context.ts'
import { callerKey, type MountedRpc, routesOf } from './mount.ts'
import { FLOW_HEADER, fromConnectError } from './problem.ts'

const TIMEOUT_MS = 2_000

export type RpcTransport =
  | {
      readonly kind: 'in-process'
      readonly rpc: MountedRpc
      /** As whom we call. */
      readonly caller: Caller
      readonly log: Logger
    }
  | {
      readonly kind: 'network'
      /** Of its instances, such as `http://127.0.0.1:41234`. */
      readonly urls: readonly string[]
      /** A service token of ours. */
      readonly token: () => Promise<string>
      /** Authorities of their certificates; absent: those that the system knows. */
      readonly ca?: string | undefined
    }

export interface RpcClientOptions {
  readonly transport: RpcTransport
  /** The callee's name in the diagrams. */
  readonly participant: string
  readonly timeoutMs?: number
}

type Unary<M> =
  M extends DescMethodUnary<infer I, infer O>
    ? (input: MessageInitShape<I>) => Promise<MessageShape<O>>
    : never

/** One function an rpc, bound to the context of one request or event. */
export type RpcCalls<S extends DescService> = {
  readonly [M in keyof S['method']]: Unary<S['method'][M]>
}

export interface RpcClient<S extends DescService> {
  for(ctx: Context): RpcCalls<S>
  /** Resolves when some instance can be called. */
  reach(): Promise<void>
  close(): void
}

interface Connection {
  /** One an instance. */
  readonly transports: readonly Transport[]
  readonly headers: () => Promise<Record<string, string>>
  reach(): Promise<void>
  close(): void
}

function connect(transport: RpcTransport): Connection {
  if (transport.kind === 'in-process') {
    const { rpc, caller, log } = transport
    const router = createRouterTransport(routesOf([rpc], log), {
      router: {
        requestGate: ({ values }) => {
          values.set(callerKey, caller)
        },
      },
    })
    return {
      transports: [router],
      headers: () => Promise.resolve({}),
      reach: () => Promise.resolve(),
      close: () => undefined,
    }
  }
  const { ca } = transport
  const trust = ca === undefined ? {} : { ca }
  const sessions = transport.urls.map((url) => new Http2SessionManager(url, {}, trust))
  return {
    transports: sessions.map((sessionManager, i) =>
      createGrpcTransport({ baseUrl: transport.urls[i] ?? '', sessionManager }),
    ),
    headers: async () => ({ authorization: `Bearer ${await transport.token()}` }),
    async reach() {
      for (const session of sessions) if ((await session.connect()) !== 'error') return
      throw new Error(`nobody answers at ${transport.urls.join(' or ')}`)
    },
    close() {
      for (const session of sessions) session.abort()
    },
  }
}

/** Codes of a connection that was not made, so that nothing was sent over it. */
const NOT_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'])

function isNotSent(reason: unknown): boolean {
  const { cause, code } = ConnectError.from(reason)
  const why = (cause as { code?: unknown; cause?: { code?: unknown } } | undefined) ?? {}
  return code === Code.Unavailable && NOT_SENT.has(String(why.code ?? why.cause?.code))
}

/**
 * Sends to the instances in turn, until one got it. What only reads goes on to the next also where an answer was lost: an
 * instance that restarts ends its connections, whoever is using them.
 */
function inTurn(sends: readonly Send[], reads: boolean): Send {
  let turn = 0
  return async (input, options) => {
    const at = turn % sends.length
    turn += 1
    const turned = [...sends.slice(at), ...sends.slice(0, at)]
    let last: unknown
    // Once more the first: what had restarted since its last call is found out by the call that fails.
    for (const send of reads ? [...turned, ...turned.slice(0, 1)] : turned)
      try {
        return await send(input, options)
      } catch (reason) {
        last = reason
        const lost = reads && ConnectError.from(reason).code === Code.Unavailable
        if (!lost && !isNotSent(reason)) throw reason
      }
    throw last
  }
}

type Send = (input: unknown, options: CallOptions) => Promise<unknown>

interface Call {
  readonly name: string
  readonly send: Send
  readonly connection: Connection
  readonly options: RpcClientOptions
}

async function call({ name, send, connection, options }: Call, ctx: Context, input: unknown) {
  const there = { from: ctx.participant, to: options.participant, name }
  const back = { from: options.participant, to: ctx.participant, name }
  const headers = await connection.headers()
  const leftMs =
    ctx.deadline === undefined ? Number.POSITIVE_INFINITY : ctx.deadline - performance.now()
  if (leftMs < 1) throw new Unavailable(`no time was left for ${name}`)
  const id = ctx.note({ ...there, kind: 'call', outcome: 'ok' })
  const learn = (flow: string | null | undefined): void => {
    ctx.flow ??= flow ?? undefined
  }
  try {
    const answer = await send(input, {
      headers: { ...headers, ...propagation(ctx, id) },
      timeoutMs: Math.min(options.timeoutMs ?? TIMEOUT_MS, leftMs),
      onHeader: (received) => learn(received.get(FLOW_HEADER)),
    })
    ctx.note({ ...back, parent: id, kind: 'reply', outcome: 'ok' })
    return answer
  } catch (reason) {
    const { error, status, flow } = fromConnectError(reason, name)
    learn(flow)
    ctx.note({ ...back, parent: id, kind: 'reply', outcome: String(status) })
    throw error
  }
}

function propagation(ctx: Context, cause: string): Record<string, string> {
  return {
    'x-correlation-id': ctx.correlation,
    'x-cause-id': cause,
    ...(ctx.flow === undefined ? {} : { [FLOW_HEADER]: ctx.flow }),
    ...(ctx.traceparent === undefined ? {} : { traceparent: ctx.traceparent }),
  }
}

/** A client of this gRPC service. `client.for(ctx).getProductPrice({ … })`. */
export function rpcClient<S extends DescService>(
  descriptor: S,
  options: RpcClientOptions,
): RpcClient<S> {
  const connection = connect(options.transport)
  const clients = connection.transports.map(
    (transport) => createClient(descriptor, transport) as Record<string, Send>,
  )
  const made = descriptor.methods.map((method): [string, Call] => {
    const sends = clients.map((client) => client[method.localName] as Send)
    const send = inTurn(
      sends,
      method.idempotency === MethodOptions_IdempotencyLevel.NO_SIDE_EFFECTS,
    )
    return [method.localName, { name: `rpc ${method.name}`, send, connection, options }]
  })
  return {
    for(ctx) {
      const calls = made.map(([name, one]) => [name, (input: unknown) => call(one, ctx, input)])
      return Object.fromEntries(calls) as RpcCalls<S>
    },
    reach: () => connection.reach(),
    close: () => connection.close(),
  }
}
