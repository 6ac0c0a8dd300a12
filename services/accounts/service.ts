import { UserRegistered } from '@rialto/contracts/accounts/events.ts'
import type { Service } from '@rialto/kernel/service/service.ts'
import { partsOf } from './config.ts'
import { problems } from './errors.ts'
import { seed } from './features/seed-demo.ts'
import { features } from './http.ts'

export const accounts: Service = {
  name: 'accounts',
  participant: 'UserService',
  migrations: new URL('./migrations/', import.meta.url),
  features,
  handlers: [],
  jobs: [],
  uses: [],
  publishes: [UserRegistered],
  problems,
  seed,
  build: ({ settings, security }) => partsOf(settings, security),
}
