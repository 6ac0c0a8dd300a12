// What a platform asks every process, on the internal door and without a token: whether to restart it, whether to send it
// requests, and its figures. Nothing here tells more than who may scrape the network may know.

import type { Health } from '../observability/health.ts'
import type { Metrics } from '../observability/metrics.ts'
import type { HttpApp } from './server.ts'

export interface Probed {
  readonly health: Health
  readonly metrics: Metrics
}

/** Adds `/health/live`, `/health/ready` and `/metrics`. */
export function addProbes(app: HttpApp, { health, metrics }: Probed): void {
  app.get('/health/live', async (_request, reply) => {
    const { status, body } = health.live()
    return reply.code(status).send(body)
  })
  app.get('/health/ready', async (_request, reply) => {
    const { status, body } = await health.ready()
    return reply.code(status).send(body)
  })
  app.get('/metrics', async (_request, reply) =>
    reply.type(metrics.contentType).send(await metrics.text()),
  )
}
