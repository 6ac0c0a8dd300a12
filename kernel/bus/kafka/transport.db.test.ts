import { openKafkaHarness } from '../testing/kafka.ts'
import { transportContract } from '../testing/transport-contract.ts'

const full = process.env.PROOF === 'full'

transportContract({
  name: 'kafka',
  open: openKafkaHarness,
  drainEvents: full ? 100_000 : 10_000,
  part: 'kafka',
})
