import { accountsClient } from '@rialto/contracts/accounts/client.ts'
import { NotificationStatusUpdated } from '@rialto/contracts/notifications/events.ts'
import type { Service } from '@rialto/kernel/service/service.ts'
import { partsOf, settings } from './config.ts'
import { problems } from './errors.ts'
import { sendHanded, sendMessages } from './features/send-messages.ts'
import { tellPeople } from './features/tell-people.ts'
import { features } from './http.ts'

export const notifications: Service = {
  name: 'notifications',
  participant: 'NotificationSvc',
  migrations: new URL('./migrations/', import.meta.url),
  features,
  handlers: [],
  batches: [tellPeople],
  jobs: [sendHanded, sendMessages],
  uses: [accountsClient],
  publishes: [NotificationStatusUpdated],
  problems,
  settings,
  build: partsOf,
}
