// Every service of the platform, in the order of their start.

import { accounts } from '@rialto/accounts/service.ts'
import { analytics } from '@rialto/analytics/service.ts'
import { audit } from '@rialto/audit/service.ts'
import { catalog } from '@rialto/catalog/service.ts'
import { developers } from '@rialto/developers/service.ts'
import { gateway } from '@rialto/gateway/service.ts'
import { inventory } from '@rialto/inventory/service.ts'
import type { Service } from '@rialto/kernel/service/service.ts'
import { library } from '@rialto/library/service.ts'
import { notifications } from '@rialto/notifications/service.ts'
import { orders } from '@rialto/orders/service.ts'
import { payments } from '@rialto/payments/service.ts'
import { wallets } from '@rialto/wallets/service.ts'

export const services: readonly Service[] = [
  accounts,
  catalog,
  inventory,
  orders,
  payments,
  library,
  wallets,
  notifications,
  developers,
  analytics,
  audit,
  gateway,
]

/** Consumer group → the participant that its consumption is drawn as. */
export const groupsOf = (all: readonly Service[]): Map<string, string> =>
  new Map(
    all.flatMap((s): [string, string][] => [
      [s.name, s.participant],
      ...s.handlers.map((h): [string, string] => [h.group ?? s.name, s.participant]),
      ...(s.batches ?? []).map((b): [string, string] => [b.group, s.participant]),
    ]),
  )
