// Tests that need a server which not every machine has. Without it they are skipped by name, so that the run's list shows what
// was not proved; under REQUIRE_REAL=1 they fail, so that no proof is quietly thinner than it says.

import { existsSync } from 'node:fs'
import type { TestContext } from 'node:test'
import { kafkaJars } from './kafka.ts'

const setting = (name: string) => (): string | undefined => process.env[name] || undefined
const program = (path: string) => (): string | undefined => (existsSync(path) ? path : undefined)

/** Part → where it is on this machine, and what brings it there. */
const PARTS = {
  kafka: { find: kafkaJars, cure: 'run tools/real/kafka.sh' },
  redis: { find: setting('REDIS_URL'), cure: 'set REDIS_URL' },
  mongodb: { find: setting('MONGODB_URL'), cure: 'set MONGODB_URL' },
  chromium: { find: program('/usr/bin/chromium'), cure: 'install chromium' },
} as const

export type RealPart = keyof typeof PARTS

/**
 * Address of the real part, or undefined after the test was marked as skipped: the test returns then. Throws instead of
 * skipping under REQUIRE_REAL=1.
 */
export function needs(t: TestContext, part: RealPart): string | undefined {
  const { find, cure } = PARTS[part]
  const found = find()
  if (found !== undefined) return found
  const reason = `needs ${part}: ${cure}`
  if (process.env.REQUIRE_REAL === '1') throw new Error(`${reason} (REQUIRE_REAL is set)`)
  t.skip(reason)
  return undefined
}
