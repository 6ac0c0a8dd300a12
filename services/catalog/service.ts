import type { Service } from '@rialto/kernel/service/service.ts'
import { partsOf } from './config.ts'
import { problems } from './errors.ts'
import { seed } from './features/seed-demo.ts'
import { features } from './http.ts'
import { pricing } from './rpc/pricing.ts'

export const catalog: Service = {
  name: 'catalog',
  participant: 'CatalogSvc',
  migrations: new URL('./migrations/', import.meta.url),
  features,
  rpcs: [pricing],
  handlers: [],
  jobs: [],
  uses: [],
  publishes: [],
  problems,
  seed,
  build: partsOf,
}
