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
  for (const service of services)
    for (const { event } of service.handlers)
      subscribers.set(event.type, [...(subscribers.get(event.type) ?? []), service.name])
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
