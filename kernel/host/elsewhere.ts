// What of the platform runs in other processes, and how to get there. Who runs where is told by settings and looked up nowhere
// (docs/adr/0011): a process is started with the addresses of those whom it asks.

import type { DescService } from '@bufbuild/protobuf'
import { type HttpTransport, openHttpTransport } from '../client/http.ts'
import type { RpcDefinition } from '../pure/client.ts'
import { Unavailable } from '../pure/failure.ts'
import { type RpcClient, rpcClient } from '../rpc/client.ts'

/** Service name → addresses of its instances. */
export type Addresses = ReadonlyMap<string, readonly string[]>

export interface ElsewhereOptions {
  readonly http: Addresses
  readonly rpc: Addresses
  /** A token that says which of our services asks. */
  readonly token: (service: string) => Promise<string>
  /** Authorities of the others' certificates; absent: those that the system knows. */
  readonly ca?: string | undefined
}

export interface Elsewhere {
  readonly transport: HttpTransport
  /** The client of an rpc service that does not run here. */
  rpc(definition: RpcDefinition, user: string): RpcClient<DescService>
  close(): Promise<void>
}

/** Opens the ways to the other processes; nothing is connected before it is used. */
export function openElsewhere({ http, rpc, token, ca }: ElsewhereOptions): Elsewhere {
  const transport = openHttpTransport({ urls: http, token, ca })
  const opened: RpcClient<DescService>[] = []
  return {
    transport,
    rpc(definition, user) {
      const urls = rpc.get(definition.service)
      if (urls === undefined)
        throw new Unavailable(`no address of the rpcs of ${definition.service} is known`)
      const client = rpcClient(definition.descriptor as DescService, {
        participant: definition.participant,
        transport: { kind: 'network', urls, token: () => token(user), ca },
      })
      opened.push(client)
      return client
    },
    async close() {
      for (const client of opened) client.close()
      await transport.close()
    },
  }
}
