// A service's gRPC methods, ready to be called over either transport. Every call gets a context of its own and, through
// `read`, a transaction of its own; nothing is shared between calls, so a crash in one leaves nothing behind for another.

import type { DescMethodUnary, DescService } from '@bufbuild/protobuf'
import { type ConnectRouter, createContextKey, type HandlerContext } from '@connectrpc/connect'
import type { ServicePool } from '../db/pool.ts'
import { inReading } from '../db/reading.ts'
import type { Logger } from '../observability/log.ts'
import { Problem } from '../pure/problem.ts'
import { anonymous, type Caller, Context, type Environment } from '../service/context.ts'
import type { RpcBinding, Service } from '../service/service.ts'
import { openTx } from '../service/tx.ts'
import { FLOW_HEADER, isBug, toConnectError } from './problem.ts'

/** A call after transport and authentication. */
export interface RpcRequest {
  readonly caller: Caller
  readonly correlation?: string
  readonly cause?: string
  readonly flow?: string
  readonly traceparent?: string
}

/** One call being served. */
export interface RpcCall {
  readonly methods: Readonly<Record<string, (input: unknown) => unknown>>
  /** Ends its context; answers the key of the flow it belonged to. */
  end(): string | undefined
}

export interface MountedRpc {
  readonly service: string
  readonly participant: string
  readonly descriptor: DescService
  open(request: RpcRequest): RpcCall
  /** Told of every call that was answered. */
  measure(method: string, outcome: 'ok' | 'refused' | 'failed', ms: number): void
}

/** Where the transport leaves who calls. */
export const callerKey = createContextKey<Caller>(anonymous, { description: 'caller' })

export interface MountRpcOptions {
  readonly service: Pick<Service, 'name' | 'participant' | 'rpcs'>
  readonly env: Environment
  readonly pool: ServicePool
  readonly parts: unknown
}

/** Makes a service's rpc bindings callable. `implement` is called once a call, so it must be cheap and keep no state. */
export const mountRpcs = (options: MountRpcOptions): MountedRpc[] =>
  (options.service.rpcs ?? []).map((binding) => mountRpc(binding, options))

function mountRpc(binding: RpcBinding, { service, env, pool, parts }: MountRpcOptions): MountedRpc {
  return {
    service: service.name,
    participant: service.participant,
    descriptor: binding.descriptor as DescService,
    open(request) {
      const ctx = new Context(env, {
        service: service.name,
        participant: service.participant,
        ...request,
      })
      const methods = binding.implement({
        read: (work) => inReading(pool, (inner) => work(openTx(inner, ctx).tx)),
        parts: parts as never,
        env,
      })
      return {
        methods: methods as RpcCall['methods'],
        end() {
          ctx.end()
          return ctx.flow
        },
      }
    },
    measure: (method, outcome, ms) =>
      env.figures?.rpcDuration.observe({ service: service.name, method, outcome }, ms / 1_000),
  }
}

const present = (name: string, value: string | null): Record<string, string> =>
  value === null ? {} : { [name]: value }

function requestOf(context: HandlerContext): RpcRequest {
  const { requestHeader: header, values } = context
  return {
    caller: values.get(callerKey),
    ...present('correlation', header.get('x-correlation-id')),
    ...present('cause', header.get('x-cause-id')),
    ...present('flow', header.get(FLOW_HEADER)),
    ...present('traceparent', header.get('traceparent')),
  }
}

interface Serving {
  readonly context: HandlerContext
  readonly log: Logger
  readonly mounted: MountedRpc
}

async function serve(call: RpcCall, input: unknown, { context, log, mounted }: Serving) {
  const startedAt = performance.now()
  const measured = (outcome: 'ok' | 'refused' | 'failed'): void =>
    mounted.measure(context.method.name, outcome, performance.now() - startedAt)
  try {
    const method = call.methods[context.method.localName]
    if (method === undefined) throw new Error(`${context.method.name} is not implemented`)
    const answer = (await method(input)) as Record<string, unknown>
    const flow = call.end()
    if (flow !== undefined) context.responseHeader.set(FLOW_HEADER, flow)
    measured('ok')
    return answer
  } catch (error) {
    measured(error instanceof Problem ? 'refused' : 'failed')
    if (isBug(error))
      log.error({ rpc: context.method.name, error: String(error) }, 'rpc failed unexpectedly')
    throw toConnectError(error, call.end())
  }
}

/** The routes of these services for any of Connect's transports. Unary methods only: a stream has no reply to record. */
export const routesOf = (rpcs: readonly MountedRpc[], log: Logger) => (router: ConnectRouter) => {
  for (const mounted of rpcs) {
    for (const method of mounted.descriptor.methods) {
      if (method.methodKind !== 'unary')
        throw new Error(`${method.name}: only unary methods are served`)
      router.rpc(method as DescMethodUnary, (input, context) =>
        serve(mounted.open(requestOf(context)), input, { context, log, mounted }),
      )
    }
  }
}
