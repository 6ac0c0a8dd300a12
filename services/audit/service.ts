import type { Service } from '@rialto/kernel/service/service.ts'
import { type Parts, partsOf, settings } from './config.ts'
import { problems } from './errors.ts'
import { everything } from './events/handlers/everything.ts'
import { features } from './http.ts'

export const audit: Service = {
  name: 'audit',
  participant: 'AuditSvc',
  migrations: new URL('./migrations/', import.meta.url),
  features,
  handlers: [],
  batches: [everything],
  jobs: [],
  uses: [],
  publishes: [],
  problems,
  settings,
  build: partsOf,
  close: ({ trail }: Parts) => trail.close(),
}
