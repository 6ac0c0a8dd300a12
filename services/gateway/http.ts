// The gateway's own pages, mounted like a service so that they are routed, documented and refused like everybody's.

import { gatewayRoutes } from '@rialto/contracts/gateway/http.ts'
import type { Health } from '@rialto/kernel/observability/health.ts'
import type { Metrics } from '@rialto/kernel/observability/metrics.ts'
import { Problem } from '@rialto/kernel/pure/problem.ts'
import type { Mounted, RawReply, RawRequest } from '@rialto/kernel/service/mount.ts'
import { kernelProblems } from '@rialto/kernel/service/problems.ts'
import { problems } from './errors.ts'

/** Makes a machine-readable reference. */
type Document = () => Promise<object> | object

/** Says whether these are the monitoring’s. */
export type IsMonitoring = (request: Pick<RawRequest, 'ip' | 'headers'>) => boolean

export interface PageSources {
  readonly health: Health
  readonly metrics: Metrics
  /** Over all public routes and `gatewayRoutes`. */
  readonly documents: { readonly openApi: Document; readonly asyncApi: Document }
}

const json = (status: number, body: unknown): RawReply => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
})

/** Made at the first request and kept: contracts do not change while we run. A failure is tried again. */
function kept(make: Document): () => Promise<RawReply> {
  let made: Promise<RawReply> | undefined
  return () => {
    made ??= Promise.resolve()
      .then(make)
      .then((document) => json(200, document))
      .catch((error: unknown) => {
        made = undefined
        throw error
      })
    return made
  }
}

/**
 * Makes the pages. Everybody may know whether this process should get requests; why it should not, and its figures, are the
 * monitoring's.
 */
export function pagesOf(
  { health, metrics, documents }: PageSources,
  isMonitoring: IsMonitoring,
): Mounted {
  const answers: Readonly<Record<string, (request: RawRequest) => Promise<RawReply>>> = {
    showLive: async () => json(health.live().status, health.live().body),
    showReady: async (request) => {
      const { status, body } = await health.ready()
      return json(status, isMonitoring(request) ? body : { ...body, checks: [] })
    },
    showMetrics: async (request) => {
      if (!isMonitoring(request)) throw new Problem(kernelProblems.not_found)
      const headers = { 'content-type': metrics.contentType }
      return { status: 200, headers, body: await metrics.text() }
    },
    showOpenApi: kept(() => documents.openApi()),
    showAsyncApi: kept(() => documents.asyncApi()),
    // Whoever asks for an upgrade does not come here.
    openPush: async () => {
      throw new Problem(problems.upgrade_required)
    },
  }
  return {
    name: 'gateway',
    participant: 'APIGW',
    routes: gatewayRoutes,
    call: async (route, request) => {
      const answer = answers[route.name]
      if (answer === undefined) throw new Error(`the gateway has no page ${route.name}`)
      return answer(request)
    },
  }
}
