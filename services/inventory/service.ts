import { ordersClient } from '@rialto/contracts/orders/client.ts'
import type { Service } from '@rialto/kernel/service/service.ts'
import { problems } from './errors.ts'
import { orderEvents } from './events/handlers/order-events.ts'
import { releaseOrphans } from './features/release-orphans.ts'
import { seed } from './features/seed-demo.ts'
import { features } from './http.ts'

export const inventory: Service = {
  name: 'inventory',
  participant: 'InventoryService',
  migrations: new URL('./migrations/', import.meta.url),
  features,
  handlers: [],
  batches: [orderEvents],
  jobs: [releaseOrphans],
  uses: [ordersClient],
  publishes: [],
  problems,
  seed,
}
