// The security headers of every answer. What this door serves is data, never a page, so a browser that is talked into showing
// it may load, run, frame and send nothing. Pages that need more say so on their own routes.

import helmet from '@fastify/helmet'
import type { FastifyInstance } from 'fastify'
import { DAY, SECOND } from '../pure/time.ts'

export interface HeaderOptions {
  /**
   * Clients reach us over https, so they may be told never to come without it. On plain http that would make the browser look
   * for an https that is not there.
   */
  readonly https: boolean
}

/** Adds the headers to everything that is answered from now on, refusals included. */
export async function secureHeaders(app: FastifyInstance, { https }: HeaderOptions): Promise<void> {
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        baseUri: ["'none'"],
        formAction: ["'none'"],
        frameAncestors: ["'none'"],
        ...(https ? { upgradeInsecureRequests: [] } : {}),
      },
    },
    strictTransportSecurity: https ? { maxAge: (365 * DAY) / SECOND } : false,
    frameguard: { action: 'deny' },
    referrerPolicy: { policy: 'no-referrer' },
  })
}
