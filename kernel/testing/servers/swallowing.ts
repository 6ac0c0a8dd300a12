// A way to a database that can fall silent: connections stay open, and nothing comes through in either direction, as when a machine
// lost its power or its network. New ones are taken and hear nothing either.

import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import type { TestContext } from 'node:test'

export interface Swallowing {
  /** The database's address by this way. */
  readonly url: string
  /** From now on nothing comes through; with `false`, what is new does again. */
  swallow(all: boolean): void
}

export async function swallowing(t: TestContext, databaseUrl: string): Promise<Swallowing> {
  const target = new URL(databaseUrl)
  const sockets = new Set<Socket>()
  let isSilent = false
  const server = createServer((near) => {
    const far = connect(Number(target.port), '127.0.0.1')
    const silenced = isSilent
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from)
      from.on('data', (part) => {
        if (!silenced && !isSilent) to.write(part)
      })
      from.on('error', () => undefined)
      from.on('close', () => {
        sockets.delete(from)
        if (!silenced && !isSilent) to.destroy()
      })
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  const url = new URL(databaseUrl)
  url.searchParams.delete('host')
  url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url: url.href,
    swallow: (all) => {
      isSilent = all
    },
  }
}
