// How a service gets its clients: from its manifest's `uses`, and from nowhere else. The same definition is bound in process
// when the other service runs here; which it is, business code cannot tell.

import type { DescService } from '@bufbuild/protobuf'
import { bind, type Transport, type Wiring } from '../client/bind.ts'
import type { ClientDefinition, RpcDefinition } from '../pure/client.ts'
import type { RpcClient } from '../rpc/client.ts'
import type { Context } from '../service/context.ts'

export type ClientUse = ClientDefinition | RpcDefinition

export interface ClientSources {
  readonly transport: Transport
  readonly participants: ReadonlyMap<string, string>
  /** The rpc client of a definition, made once for each using service. */
  readonly rpc: (definition: RpcDefinition, user: string) => RpcClient<DescService>
}

/** Makes the function that gives a service's features their clients, bound to the work at hand. */
export function clientsOf(
  user: string,
  uses: readonly ClientUse[],
  sources: ClientSources,
): (ctx: Context) => Record<string, unknown> {
  const wiring: Wiring = { transport: sources.transport, participants: sources.participants }
  const makers = uses.map((use) => {
    if ('routes' in use) return [use.service, (ctx: Context) => bind(use, wiring, ctx)] as const
    let rpc: RpcClient<DescService> | undefined
    return [
      use.service,
      (ctx: Context) => {
        rpc ??= sources.rpc(use, user)
        return rpc.for(ctx)
      },
    ] as const
  })
  return (ctx) => {
    const clients: Record<string, unknown> = {}
    for (const [name, make] of makers) {
      // Bound when it is first used: most features use one client or none.
      Object.defineProperty(clients, name, {
        enumerable: true,
        configurable: true,
        get: () => make(ctx),
      })
    }
    return clients
  }
}
