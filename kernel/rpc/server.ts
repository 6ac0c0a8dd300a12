// The gRPC port: HTTP/2 beside the HTTP/1.1 port, because one plain-text port cannot speak both. Internal: only
// service tokens pass. Connect answers gRPC, gRPC-web and its own protocol alike, so grpc-js and curl can call it.

import { createSecureServer, createServer, type ServerHttp2Session } from 'node:http2'
import type { AddressInfo } from 'node:net'
import type { HandlerContext } from '@connectrpc/connect'
import { connectNodeAdapter } from '@connectrpc/connect-node'
import type { DoorCertificate } from '../http/certificate.ts'
import type { Logger } from '../observability/log.ts'
import { Problem } from '../pure/problem.ts'
import type { Caller } from '../service/context.ts'
import { callerKey, type MountedRpc, routesOf } from './mount.ts'
import { rpcProblems, toConnectError } from './problem.ts'

const READ_MAX_BYTES = 1024 * 1024
const CLOSE_MS = 5_000

export interface RpcServerOptions {
  readonly rpcs: readonly MountedRpc[]
  readonly host: string
  /** 0 picks a free one. */
  readonly port: number
  /** Absent: without TLS. */
  readonly certificate?: DoorCertificate | undefined
  /** Says whose token it is; throws a Problem otherwise. */
  readonly verify: (token: string) => Promise<Caller>
  readonly log: Logger
}

export interface RpcServer {
  /** Such as `http://127.0.0.1:41234`. */
  readonly url: string
  readonly port: number
  /** Takes no new calls, lets those in flight end, at most 5 s. */
  close(): Promise<void>
}

async function authenticate(context: HandlerContext, verify: RpcServerOptions['verify']) {
  const [scheme, token] = (context.requestHeader.get('authorization') ?? '').split(' ')
  if (scheme?.toLowerCase() !== 'bearer' || !token) throw new Problem(rpcProblems.unauthenticated)
  const caller = await verify(token)
  if (!caller.roles.includes('service')) throw new Problem(rpcProblems.forbidden)
  context.values.set(callerKey, caller)
}

function serverOf({ rpcs, verify, log, certificate }: RpcServerOptions) {
  const answer = connectNodeAdapter({
    routes: routesOf(rpcs, log),
    readMaxBytes: READ_MAX_BYTES,
    requestGate: (context) =>
      authenticate(context, verify).catch((error: unknown) => {
        throw toConnectError(error)
      }),
  })
  if (certificate === undefined) return createServer(answer)
  const server = createSecureServer(certificate.options, answer)
  certificate.follow(server)
  return server
}

/** Listens; resolves when calls can come in. */
export async function openRpc(options: RpcServerOptions): Promise<RpcServer> {
  const { host } = options
  const sessions = new Set<ServerHttp2Session>()
  const server = serverOf(options)
  server.on('session', (session) => {
    sessions.add(session)
    session.on('close', () => sessions.delete(session))
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, host, resolve)
  })
  const { port } = server.address() as AddressInfo
  return {
    url: `${options.certificate === undefined ? 'http' : 'https'}://${host.includes(':') ? `[${host}]` : host}:${port}`,
    port,
    close: () =>
      new Promise((resolve) => {
        const late = setTimeout(() => {
          for (const session of sessions) session.destroy()
        }, CLOSE_MS)
        server.close(() => {
          clearTimeout(late)
          resolve()
        })
        for (const session of sessions) session.close()
      }),
  }
}
