// The gateway refuses nothing of its own: its callers meet the kernel's problems and those of the services.

import { problems as declare } from '@rialto/kernel/pure/problem.ts'

export const problems = declare('gateway', {})
