// Figures of the gateway's own; those of its requests are every door's (kernel/http/measure.ts).

import type { Metrics } from '@rialto/kernel/observability/metrics.ts'

/** How many WebSockets are open, asked at each scrape. */
export function countConnections(metrics: Metrics, pushes: { readonly connections: number }): void {
  const open = metrics.gauge({
    name: 'rialto_gateway_pushed_connections',
    help: 'WebSocket connections to which events are pushed.',
    labels: [],
  })
  metrics.beforeScrape(async () => open.set({}, pushes.connections))
}
