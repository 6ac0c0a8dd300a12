import type { Service } from '@rialto/kernel/service/service.ts'
import { problems } from './errors.ts'
import { purchasesAndCounts } from './events/handlers/purchases-and-counts.ts'
import { features } from './http.ts'

export const analytics: Service = {
  name: 'analytics',
  participant: 'AnalyticsSvc',
  migrations: new URL('./migrations/', import.meta.url),
  features,
  handlers: [],
  batches: [purchasesAndCounts],
  jobs: [],
  uses: [],
  publishes: [],
  problems,
}
