// What a deployment tells its processes, judged by the code that will read it: every variable is one of ours, and what a process
// is given is enough for it to start.

import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { platformConfig, platformSettings } from '@rialto/kernel/config/platform.ts'
import { parseSettings } from '@rialto/kernel/config/settings.ts'
import type { Service } from '@rialto/kernel/service/service.ts'
import { complete } from '@rialto/server/observer/judge.ts'
import { observer } from '@rialto/server/observer/service.ts'
import { outsideSettings } from '@rialto/server/separate/outside.ts'
import { partOf } from '@rialto/server/separate/part.ts'
import { services } from '@rialto/server/services.ts'

export const ROOT = join(import.meta.dirname, '../..')

export type Variables = Readonly<Record<string, string>>

/** Every service that can be given to a process. */
export const ALL: readonly Service[] = [
  ...services,
  observer({
    groups: new Map(),
    participants: new Map(),
    pool: () => assert.fail('nothing is asked of it here'),
    completeness: complete,
  }),
]
export const NAMES: readonly string[] = ALL.map(({ name }) => name).toSorted()

const KNOWN = new Set(
  [platformSettings, ...ALL.map(({ settings }) => settings), outsideSettings].flatMap((schema) =>
    Object.keys(schema?.properties ?? {}),
  ),
)
/** Of Node itself. */
const NODES = new Set(['NODE_ENV', 'NODE_EXTRA_CA_CERTS'])

/** Variables that nobody reads. */
export const unknownOf = (env: Variables): string[] =>
  Object.keys(env).filter((name) => !KNOWN.has(name) && !NODES.has(name))

/** The part of the platform that a process with these variables is. Throws where it would not start. */
export function partWith(env: Variables): readonly string[] {
  assert.deepEqual(unknownOf(env), [])
  const { here } = partOf(platformConfig(env), ALL)
  for (const { settings } of here) if (settings !== undefined) parseSettings(settings, env)
  return here.map(({ name }) => name)
}

/** Whether the path is there, from the root. */
export const isThere = (path: string): boolean => existsSync(join(ROOT, path))
