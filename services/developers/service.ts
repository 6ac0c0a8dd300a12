import { DeveloperBalanceUpdated } from '@rialto/contracts/developers/events.ts'
import { ordersClient } from '@rialto/contracts/orders/client.ts'
import type { Service } from '@rialto/kernel/service/service.ts'
import { problems } from './errors.ts'
import { paymentSettled } from './events/handlers/payment-settled.ts'
import { seed } from './features/seed-demo.ts'
import { features } from './http.ts'

export const developers: Service = {
  name: 'developers',
  participant: 'DeveloperSvc',
  migrations: new URL('./migrations/', import.meta.url),
  features,
  handlers: [],
  batches: [paymentSettled],
  jobs: [],
  uses: [ordersClient],
  publishes: [DeveloperBalanceUpdated],
  problems,
  seed,
}
