import { LibraryGameAdded } from '@rialto/contracts/library/events.ts'
import type { Service } from '@rialto/kernel/service/service.ts'
import { problems } from './errors.ts'
import { orderProcessingCompleted } from './events/handlers/order-processing-completed.ts'
import { features } from './http.ts'

export const library: Service = {
  name: 'library',
  participant: 'LibrarySvc',
  migrations: new URL('./migrations/', import.meta.url),
  features,
  handlers: [],
  batches: [orderProcessingCompleted],
  jobs: [],
  uses: [],
  publishes: [LibraryGameAdded],
  problems,
}
