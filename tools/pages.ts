// Before `npm start`: builds the pages if their sources changed since the last build. A build that fails is told and does not
// keep the platform from starting; it then says on /store that there are no pages.

import { buildPages } from '@rialto/web/build.ts'

const startedAt = performance.now()
process.stderr.write('Building the pages …')
try {
  const built = await buildPages()
  const seconds = Math.max(1, Math.round((performance.now() - startedAt) / 1_000))
  process.stderr.write(built ? ` ${seconds} s\n` : ' they are current\n')
} catch (error) {
  process.stderr.write(' failed: the platform starts without them\n')
  process.stderr.write(`${(error as Error).stack ?? String(error)}\n`)
}
