// The door between our own processes, on a port of its own: the internal routes are behind it and nowhere else, and it opens to
// service tokens only. The gateway's door is another port, so that a network rule can keep the world away from this one.

import type { PlatformConfig } from '@rialto/kernel/config/platform.ts'
import type { PlatformSecurity } from '@rialto/kernel/host/security.ts'
import type { DoorCertificate } from '@rialto/kernel/http/certificate.ts'
import { internalAuthentication } from '@rialto/kernel/http/internal.ts'
import { type DoorFigures, measureRequests } from '@rialto/kernel/http/measure.ts'
import { addProbes, type Probed } from '@rialto/kernel/http/probes.ts'
import { type HttpHost, openHttp } from '@rialto/kernel/http/server.ts'
import type { Environment } from '@rialto/kernel/service/context.ts'
import type { Mounted } from '@rialto/kernel/service/mount.ts'

export interface InternalDoorOptions extends Probed {
  readonly mounted: readonly Mounted[]
  readonly env: Environment
  readonly security: PlatformSecurity
  readonly config: PlatformConfig
  readonly figures: DoorFigures
  readonly certificate: DoorCertificate | undefined
}

/** Opens it: listens when it resolves. */
export function openInternalDoor(options: InternalDoorOptions): Promise<HttpHost> {
  const { mounted, env, security, config, figures, certificate } = options
  const routes = mounted.flatMap((m) => m.routes)
  const byPath = new Map(routes.map((route) => [route.path, route]))
  return openHttp({
    mounted,
    env,
    internal: true,
    certificate,
    authenticate: internalAuthentication({
      services: security.verifierOf(['internal']),
      people: security.verifierOf(['public']),
    }),
    host: config.host,
    port: config.internalPort,
    extend(app) {
      const routeOf = (template = '') => byPath.get(template)
      measureRequests(app, figures, { routes, routeOf })
      addProbes(app, options)
    },
  })
}
