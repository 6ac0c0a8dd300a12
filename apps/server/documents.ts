// The machine-readable references, made from the contracts when somebody asks for them.

import { gatewayRoutes } from '@rialto/contracts/gateway/http.ts'
import { asyncApiDocument } from '@rialto/kernel/documents/asyncapi.ts'
import { openApiDocument } from '@rialto/kernel/documents/openapi.ts'
import { kernelProblems } from '@rialto/kernel/service/problems.ts'
import type { Service } from '@rialto/kernel/service/service.ts'

const INFO = { title: 'Rialto', version: '0.1.0' }

export interface Documents {
  openApi(): Promise<object>
  asyncApi(): object
}

/** References over what these services answer, publish and hear. */
export function documentsOf(services: readonly Service[]): Documents {
  const subscribers = new Map<string, string[]>()
  const hear = (type: string, service: string): void => {
    subscribers.set(type, [...(subscribers.get(type) ?? []), service])
  }
  for (const { name, handlers, batches = [] } of services) {
    for (const { event } of handlers) hear(event.type, name)
    // Who reads everything is no subscriber of any one event.
    for (const { events } of batches)
      if (events !== 'all') for (const { type } of events) hear(type, name)
  }
  const routes = [...services.flatMap((s) => s.features.map((f) => f.route)), ...gatewayRoutes]
  const offered = routes.filter((route) => route.access !== 'internal')
  return {
    openApi: () => openApiDocument(offered, { ...INFO, problems: Object.values(kernelProblems) }),
    asyncApi: () =>
      asyncApiDocument({
        events: services.flatMap((s) => [...s.publishes]),
        subscribers,
        info: INFO,
      }),
  }
}
