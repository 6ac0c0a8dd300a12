import type { Service } from '@rialto/kernel/service/service.ts'
import { partsOf } from './config.ts'
import { problems } from './errors.ts'
import { orderCompleted } from './events/handlers/order-completed.ts'
import { watchBalance } from './features/watch-balance.ts'
import { features } from './http.ts'

export const wallets: Service = {
  name: 'wallets',
  participant: 'WalletService',
  migrations: new URL('./migrations/', import.meta.url),
  features,
  handlers: [],
  batches: [orderCompleted],
  jobs: [],
  uses: [],
  publishes: [],
  problems,
  readings: [watchBalance],
  build: partsOf,
}
