// The demo shop's one limited edition.

import type { Unit } from '@rialto/kernel/service/feature.ts'
import { upsertStock } from '../store.ts'

/** "The Last Copy" of the demo catalogue. */
const LIMITED = 'prd_00000000000000000000000024'
const COPIES = 100

export async function seed({ unit }: { unit: Unit }): Promise<void> {
  await unit((tx) => tx.run(upsertStock(LIMITED, COPIES)))
}
