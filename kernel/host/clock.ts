// The machine's own wall clock: the one place that reads it. It may jump either way; intervals are
// measured with `performance.now()` and leases by the database's clock.

import type { Clock } from '../pure/time.ts'

export const systemClock: Clock = { now: () => Date.now() }
