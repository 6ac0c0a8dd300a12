import { openLogHarness } from './testing/harness.ts'
import { transportContract } from './testing/transport-contract.ts'

const full = process.env.PROOF === 'full'

transportContract('log', openLogHarness, full ? 100_000 : 10_000)
