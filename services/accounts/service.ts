import {
  UserLinkRequested,
  UserRegistered,
  UserSessionEnded,
} from '@rialto/contracts/accounts/events.ts'
import type { Service } from '@rialto/kernel/service/service.ts'
import { partsOf, settings } from './config.ts'
import { problems } from './errors.ts'
import { sweepSessions } from './features/end-sessions.ts'
import { seed } from './features/seed-demo.ts'
import { features } from './http.ts'

export const accounts: Service = {
  name: 'accounts',
  participant: 'UserService',
  migrations: new URL('./migrations/', import.meta.url),
  features,
  handlers: [],
  jobs: [sweepSessions],
  uses: [],
  publishes: [UserRegistered, UserSessionEnded, UserLinkRequested],
  problems,
  seed,
  settings,
  build: partsOf,
}
