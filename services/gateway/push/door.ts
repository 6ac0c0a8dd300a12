// Where WebSockets come in: the route that is documented as `openPush`, upgraded. A browser is let in from our own pages only: it
// sends the Origin of the page, and without the check any page could hold a connection open in its visitor's name.

import websocket from '@fastify/websocket'
import { openPush } from '@rialto/contracts/gateway/http.ts'
import type { HttpApp } from '@rialto/kernel/http/server.ts'
import { Problem } from '@rialto/kernel/pure/problem.ts'
import { SECOND } from '@rialto/kernel/pure/time.ts'
import { problems } from '../errors.ts'
import { type ConnectionDeps, PushConnection } from './connection.ts'

const SERVER = {
  /** A token is 4 KiB at most. */
  maxPayload: 8_192,
  /** How long a client may take to answer our closing. Its types do not know it yet. */
  closeTimeout: 2 * SECOND,
}
const GOING_AWAY = 1001

function checkOrigin(origin: string | undefined, host: string): void {
  // Only browsers send one, and they cannot leave it out.
  if (origin === undefined || URL.parse(origin)?.host === host) return
  throw new Problem(problems.origin_not_allowed)
}

/** Adds the door to all routes that come after. */
export async function openPushDoor(
  app: HttpApp,
  prefixes: readonly string[],
  deps: ConnectionDeps,
): Promise<void> {
  const addresses = new Set(prefixes.map((prefix) => prefix + openPush.path))
  // Before the plugin's own hook, which makes the handler reachable.
  app.addHook('onRoute', (route) => {
    if (route.method !== openPush.method || !addresses.has(route.url)) return
    route.preHandler = async (request) => checkOrigin(request.headers.origin, request.host)
    route.wsHandler = (socket) => {
      new PushConnection(socket, deps)
    }
  })
  await app.register(websocket, {
    options: SERVER,
    // A frame too large, a text that is none: ws has closed it already with the code for it.
    errorHandler: () => undefined,
    preClose(done) {
      const server = app.websocketServer
      for (const client of server.clients) client.close(GOING_AWAY)
      // Calls back when the last one is gone; new ones are turned away.
      server.close(() => done())
    },
  })
}
