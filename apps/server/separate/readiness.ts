// Why a process is not ready: its database, its place on the bus, and whom its services call. A neighbour holds a process back
// until it was reached once, which finds a wrong address at the start. A neighbour lost later is told and holds nothing back:
// otherwise one stopped service would take out of the rota all who ask it, and all who ask those. Of neighbours that ask each other
// only one waits for the other.

import type { Elsewhere } from '@rialto/kernel/host/elsewhere.ts'
import type { Host } from '@rialto/kernel/host/host.ts'
import type { Health } from '@rialto/kernel/observability/health.ts'
import type { RpcDefinition } from '@rialto/kernel/pure/client.ts'
import type { Part } from './part.ts'
import { calledBy } from './part.ts'

/** Watches what this process itself stands on, and what it goes on without, such as Redis. */
export function watchGround(health: Health, host: Host, redis: (() => void) | undefined): void {
  health.add('database', async () => {
    await host.pool.query('select 1')
  })
  health.add('bus', () => host.checkBus())
  if (redis !== undefined) health.add('redis', redis, { holds: () => false })
}

interface Neighbour {
  readonly name: string
  /** Nothing waits for it, not even at the start. */
  readonly isFree: boolean
  readonly reach: () => Promise<void>
}

function watch(health: Health, { name, isFree, reach }: Neighbour): void {
  let reached = false
  const check = async (): Promise<void> => {
    try {
      await reach()
      reached = true
    } catch (cause) {
      throw new Error(reached ? 'does not answer now' : 'was never reached', { cause })
    }
  }
  health.add(name, check, { holds: () => !reached && !isFree })
}

/** Watches the services that those here call. */
export function watchNeighbours(health: Health, part: Part, elsewhere: Elsewhere): void {
  const { http, rpc } = calledBy(part).needed
  const isFree = (name: string): boolean => !part.awaited.has(name)
  for (const name of http)
    watch(health, { name, isFree: isFree(name), reach: () => elsewhere.transport.reach(name) })
  const rpcs = part.here.flatMap((service) =>
    service.uses
      .filter((use): use is RpcDefinition => !('routes' in use) && rpc.includes(use.service))
      .map((use) => ({ use, client: elsewhere.rpc(use, service.name) })),
  )
  for (const { use, client } of new Map(rpcs.map((one) => [one.use.service, one])).values())
    watch(health, {
      name: `${use.service} rpc`,
      isFree: isFree(use.service),
      reach: () => client.reach(),
    })
}
