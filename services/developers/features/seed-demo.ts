// The demo developer's login belongs to the demo company whose games come first in the shop.

import { demoLogins } from '@rialto/contracts/accounts/demo.ts'
import type { Unit } from '@rialto/kernel/service/feature.ts'
import { insertMember } from '../store.ts'

const DEMO_COMPANY = 'dev_00000000000000000000000001'

export async function seed({ unit }: { unit: Unit }): Promise<void> {
  await unit(async (tx) => {
    for (const { role, userId } of demoLogins)
      if (role === 'developer') tx.write(insertMember(userId, DEMO_COMPANY))
  })
}
