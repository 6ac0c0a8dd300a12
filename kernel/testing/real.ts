// Tests that need a server which not every machine has. Without it they are skipped by name, so that the run's list shows what
// was not proved; under REQUIRE_REAL=1 they fail, so that no proof is quietly thinner than it says.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { kafkaJars } from './kafka.ts'
import { mongoServer } from './servers/mongo.ts'
import { redisServer } from './servers/redis.ts'

const program = (path: string) => (): string | undefined => (existsSync(path) ? path : undefined)

/** Part → where it is on this machine, and what brings it there. */
const PARTS = {
  kafka: { find: kafkaJars, cure: 'run tools/real/kafka.sh' },
  redis: { find: redisServer, cure: 'install redis-server' },
  mongodb: { find: mongoServer, cure: 'run tools/real/mongo.sh' },
  postgresql: {
    find: program('/usr/lib/postgresql/15/bin/initdb'),
    cure: 'install postgresql-15',
  },
  openssl: { find: program('/usr/bin/openssl'), cure: 'install openssl' },
  prometheus: {
    find: program('/usr/bin/prometheus'),
    cure: 'install prometheus and prometheus-alertmanager',
  },
  deploy: {
    find: program(join(import.meta.dirname, '../../.deploy/bin')),
    cure: 'run tools/real/deploy.sh',
  },
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
