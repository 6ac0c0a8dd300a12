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
import {
  type CallOptions,
  createClient,
  createRouterTransport,
  type Transport,
} from '@connectrpc/connect'
import { createGrpcTransport, Http2SessionManager } from '@connectrpc/connect-node'
import type { Logger } from '../observability/log.ts'
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
      /** Such as `http://127.0.0.1:41234`. */
      readonly url: string
      /** A service token of ours. */
      readonly token: () => Promise<string>
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
  close(): void
}

interface Connection {
  readonly transport: Transport
  readonly headers: () => Promise<Record<string, string>>
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
    return { transport: router, headers: () => Promise.resolve({}), close: () => undefined }
  }
  const sessionManager = new Http2SessionManager(transport.url)
  return {
    transport: createGrpcTransport({ baseUrl: transport.url, sessionManager }),
    headers: async () => ({ authorization: `Bearer ${await transport.token()}` }),
    close: () => sessionManager.abort(),
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
  const id = ctx.note({ ...there, kind: 'call', outcome: 'ok' })
  const learn = (flow: string | null | undefined): void => {
    ctx.flow ??= flow ?? undefined
  }
  try {
    const answer = await send(input, {
      headers: { ...headers, ...propagation(ctx, id) },
      timeoutMs: options.timeoutMs ?? TIMEOUT_MS,
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
  const client = createClient(descriptor, connection.transport) as Record<string, Send>
  return {
    for(ctx) {
      const calls = descriptor.methods.map((method) => {
        const send = client[method.localName] as Send
        const made: Call = { name: `rpc ${method.name}`, send, connection, options }
        return [method.localName, (input: unknown) => call(made, ctx, input)]
      })
      return Object.fromEntries(calls) as RpcCalls<S>
    },
    close: () => connection.close(),
  }
}
