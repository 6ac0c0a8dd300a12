// The library refuses nothing of its own yet; its callers meet the kernel's problems only.

import { problems as declare } from '@rialto/kernel/pure/problem.ts'

export const problems = declare('library', {})
