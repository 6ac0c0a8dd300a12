// Who runs with whom when the platform is taken apart, and the settings by which its processes find each other: discovery is
// configuration, made here from the same rules by which an operator writes it.

import { randomInt } from 'node:crypto'
import { createServer, type Server } from 'node:net'

/** A kind of process, and how many of it. */
export interface Place {
  readonly services: readonly string[]
  readonly instances: number
}

const one = (...services: string[]): Place => ({ services, instances: 1 })
const two = (...services: string[]): Place => ({ services, instances: 2 })

/** Every service as a process of its own; those on the way of the money twice. */
export const APART: readonly Place[] = [
  one('accounts'),
  one('catalog'),
  one('inventory'),
  two('orders'),
  two('payments'),
  one('library'),
  one('wallets'),
  one('notifications'),
  one('developers'),
  one('analytics'),
  one('audit'),
  one('observer'),
  one('gateway'),
]

/** A process and where it is. */
export interface Seat {
  /** `orders`, or `orders-2` where there are several. */
  readonly name: string
  readonly services: readonly string[]
  /** The first of its kind. */
  readonly isFirst: boolean
  readonly port: number
  readonly internalPort: number
  readonly rpcPort: number
}

const HOST = '127.0.0.1'

/** Below the ports that systems give to outgoing connections: one of those may be taken while its process is being restarted. */
const PORTS = { from: 20_000, to: 31_000 } as const

function listening(port: number): Promise<Server | undefined> {
  const server = createServer()
  return new Promise((resolve) => {
    server.once('error', () => resolve(undefined))
    server.listen(port, HOST, () => resolve(server))
  })
}

/** Ports that nobody listens on now, from a place drawn by lot on, so that two fleets hardly ever look at the same. */
async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = []
  for (let port = randomInt(PORTS.from, PORTS.to); ports.length < count; port++) {
    const server = await listening(port)
    if (server === undefined) continue
    ports.push(port)
    await new Promise((resolve) => server.close(resolve))
  }
  return ports
}

/** Gives every process its ports, which it keeps over restarts. */
export async function seatsOf(layout: readonly Place[]): Promise<Seat[]> {
  const bare = layout.flatMap(({ services, instances }) =>
    Array.from({ length: instances }, (_, i) => ({
      name: `${services[0] ?? ''}${i === 0 ? '' : `-${i + 1}`}`,
      services,
      isFirst: i === 0,
    })),
  )
  const ports = await freePorts(bare.length * 3)
  const port = (i: number): number => ports[i] ?? 0
  return bare.map((seat, i) => ({
    ...seat,
    port: port(3 * i),
    internalPort: port(3 * i + 1),
    rpcPort: port(3 * i + 2),
  }))
}

const listOf = (seats: readonly Seat[], portOf: (seat: Seat) => number): string =>
  seats
    .flatMap((seat) => seat.services.map((name) => `${name}=http://${HOST}:${portOf(seat)}`))
    .join(',')

/** What a process is told about itself and its neighbours. */
export const settingsOf = (seat: Seat, seats: readonly Seat[]): Record<string, string> => ({
  SERVICES: seat.services.join(','),
  INSTANCE: seat.name,
  HOST,
  PORT: String(seat.port),
  INTERNAL_PORT: String(seat.internalPort),
  RPC_PORT: String(seat.rpcPort),
  SERVICE_URLS: listOf(seats, (s) => s.internalPort),
  RPC_URLS: listOf(seats, (s) => s.rpcPort),
  DEMO_DATA: String(seat.isFirst),
})

export const urlOf = (port: number): string => `http://${HOST}:${port}`
