// The figures of the edge, by route template and never by path: ids in labels would make a series a customer.

import type { HttpApp } from '@rialto/kernel/http/server.ts'
import type { KernelMetrics } from '@rialto/kernel/observability/metrics.ts'
import type { AnyRoute } from '@rialto/kernel/pure/contract.ts'

export type EdgeFigures = Pick<KernelMetrics, 'httpRequests' | 'httpDuration' | 'problems'>

const UNMATCHED = { service: 'gateway', path: 'unmatched' }

const codeOf = (body: string): string => {
  try {
    return String((JSON.parse(body) as { code?: unknown }).code)
  } catch {
    return 'unreadable'
  }
}

/** Measures all routes that come after. */
export function measureRequests(
  app: HttpApp,
  figures: EdgeFigures,
  routeOf: (template: string | undefined) => AnyRoute | undefined,
): void {
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
