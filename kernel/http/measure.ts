// The figures of a door, by route template and never by path: ids in labels would make a series a customer. A request that passes
// the gateway and a service's own door counts at both, each in its own process: only the gateway's are what clients see.

import type { KernelMetrics } from '../observability/figures.ts'
import type { AnyRoute } from '../pure/contract.ts'
import { kernelProblems } from '../service/problems.ts'
import type { HttpApp } from './server.ts'

export type DoorFigures = Pick<KernelMetrics, 'httpRequests' | 'httpDuration' | 'problems'>

const UNMATCHED = { service: 'gateway', path: 'unmatched' }

const codeOf = (body: string): string => {
  try {
    return String((JSON.parse(body) as { code?: unknown }).code)
  } catch {
    return 'unreadable'
  }
}

export interface DoorRoutes {
  readonly routes: readonly AnyRoute[]
  readonly routeOf: (template: string | undefined) => AnyRoute | undefined
}

/** Measures all routes that come after. */
export function measureRequests(
  app: HttpApp,
  figures: DoorFigures,
  { routes, routeOf }: DoorRoutes,
): void {
  // An alert looks for its increase, and the first bug of a process is one too.
  for (const service of new Set([UNMATCHED, ...routes].map((route) => route.service)))
    figures.problems.begin({ service, code: kernelProblems.internal.code })
  app.addHook('onSend', async (request, reply, payload) => {
    const isProblem = String(reply.getHeader('content-type')).startsWith('application/problem+json')
    if (!isProblem || typeof payload !== 'string') return
    const { service } = routeOf(request.routeOptions.url) ?? UNMATCHED
    figures.problems.add({ service, code: codeOf(payload) })
  })
  app.addHook('onResponse', async (request, reply) => {
    const { service, path } = routeOf(request.routeOptions.url) ?? UNMATCHED
    const labels = { service, method: request.method, route: path }
    figures.httpRequests.add({ ...labels, status: String(reply.statusCode) })
    figures.httpDuration.observe(labels, reply.elapsedTime / 1_000)
  })
}
