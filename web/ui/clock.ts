// The browser's clock, in one place, so that everything that depends on the time can be given another one.

import type { Clock } from '@rialto/kernel/pure/time.ts'

export const browserClock: Clock = { now: () => Date.now() }
