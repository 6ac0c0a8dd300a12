import type { AnyRoute } from '@rialto/kernel/pure/contract.ts'
import type { Feature } from '@rialto/kernel/service/feature.ts'
import { discard, list, redrive } from './features/dead-letters.ts'
import { readOne } from './features/get-flow.ts'
import { findFlows, showConformance } from './features/show-conformance.ts'
import { listEvents, showBus } from './features/watch-log.ts'

export const features: Feature<AnyRoute>[] = [
  readOne,
  list,
  redrive,
  discard,
  listEvents,
  showBus,
  findFlows,
  showConformance,
]
