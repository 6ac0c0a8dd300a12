// The door to the outside: what the services offer, with its limits, headers and figures.

import { gatewayRoutes } from '@rialto/contracts/gateway/http.ts'
import type { Verifier } from '@rialto/kernel/auth/verifier.ts'
import type { DoorCertificate } from '@rialto/kernel/http/certificate.ts'
import { securityHeaders } from '@rialto/kernel/http/headers.ts'
import { type DoorFigures, measureRequests } from '@rialto/kernel/http/measure.ts'
import {
  type HttpApp,
  type HttpHost,
  type HttpLimits,
  openHttp,
} from '@rialto/kernel/http/server.ts'
import type { AnyRoute } from '@rialto/kernel/pure/contract.ts'
import type { Environment } from '@rialto/kernel/service/context.ts'
import type { Mounted } from '@rialto/kernel/service/mount.ts'
import type { Service } from '@rialto/kernel/service/service.ts'
import { gatewayConfig, type Parts, settings } from './config.ts'
import { problems } from './errors.ts'
import { pushed } from './events/handlers/pushed.ts'
import { userSessionEnded } from './events/handlers/user-session-ended.ts'
import { countConnections } from './features/count-connections.ts'
import { EndedSessions, knowing } from './features/ended-sessions.ts'
import { forwarding } from './features/forward-request.ts'
import { limitRequests } from './features/limit-requests.ts'
import { sweepPushes } from './features/sweep-pushes.ts'
import { type PageSources, pagesOf } from './http.ts'
import { openPushDoor } from './push/door.ts'
import { PushHub } from './push/hub.ts'

/** For the page that lists all figures. */
export { countConnections } from './features/count-connections.ts'

/** Its place among the services. Its own routes are in http.ts, because they are about the process and no transaction. */
export const gateway: Service = {
  name: 'gateway',
  participant: 'APIGW',
  migrations: new URL('./migrations/', import.meta.url),
  features: [],
  handlers: [userSessionEnded],
  batches: [pushed],
  jobs: [sweepPushes],
  uses: [],
  publishes: [],
  problems,
  settings,
  build: ({ pool, env, cache, limits }): Parts => {
    const deps = { pool, clock: env.clock, log: env.log }
    const sessions = new EndedSessions({ ...deps, cache })
    return { pushes: new PushHub(deps), sessions, limits }
  },
}

export interface GatewayOptions extends PageSources {
  /** By name; the host's. */
  readonly mounted: ReadonlyMap<string, Mounted>
  readonly env: Environment
  /** For the outside: accepts `public` tokens only. */
  readonly verifier: Verifier
  /** Values for its configuration, as the host's. */
  readonly settings?: Readonly<Record<string, string | undefined>>
  readonly figures: DoorFigures
  /** What the gateway's own `build` made. */
  readonly parts: Parts
  readonly host?: string
  /** 0 takes a free one. */
  readonly port?: number
  readonly limits?: Partial<HttpLimits>
  /** Absent: plain http, as behind a proxy that ends TLS. */
  readonly certificate?: DoorCertificate | undefined
  /** Adds pages and hooks of the process, such as the storefront's. They bear the headers and fall under the limits. */
  readonly extend?: (app: HttpApp) => Promise<void> | void
}

const PREFIXES = ['/api/v1', ''] as const

/** Finds a route by the template under which it was registered. Routes that share one share their service. */
function finderOf(
  routes: readonly AnyRoute[],
): (template: string | undefined) => AnyRoute | undefined {
  const byTemplate = new Map<string, AnyRoute>()
  for (const route of routes)
    for (const prefix of PREFIXES) byTemplate.set(prefix + route.path, route)
  return (template) => (template === undefined ? undefined : byTemplate.get(template))
}

/** Opens the gateway: listens when it resolves. */
export async function openGateway(options: GatewayOptions): Promise<HttpHost> {
  const { mounted, env, figures, parts, host, port, limits, certificate } = options
  const { pushes, sessions } = parts
  const config = gatewayConfig(options.settings ?? {})
  const services = [...mounted.values()].map((service) => forwarding(service, env))
  const verifier = knowing(sessions, options.verifier)
  sessions.onEnd = ({ user_id, session_id }) => pushes.end(user_id, session_id)
  await sessions.open()
  const routes = [...services.flatMap((s) => s.routes), ...gatewayRoutes]
  const routeOf = finderOf(routes)
  return openHttp({
    mounted: [...services, pagesOf(options, config.isMonitoring)],
    authenticate: (headers) => verifier.authenticate(headers),
    env,
    internal: false,
    certificate,
    headers: securityHeaders({ https: config.https || certificate !== undefined }),
    prefixes: PREFIXES,
    async extend(app) {
      measureRequests(app, figures, { routes, routeOf })
      limitRequests(app, { limits: parts.limits, most: config.limits, routeOf })
      await openPushDoor(app, PREFIXES, {
        hub: pushes,
        verifier,
        perUserMax: config.pushesPerAccount,
      })
      countConnections(options.metrics, pushes)
      app.addHook('onClose', async () => sessions.close())
      await options.extend?.(app)
    },
    ...(host === undefined ? {} : { host }),
    ...(port === undefined ? {} : { port }),
    ...(limits === undefined ? {} : { limits }),
    ...(config.trustedProxies === undefined ? {} : { trustedProxies: config.trustedProxies }),
  })
}
