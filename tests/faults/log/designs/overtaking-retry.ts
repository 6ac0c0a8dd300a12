// A failing event is parked alone: later events of its key do not wait for it. To the product's parking every event here has a
// key of its own, in the partition of its true key.

import { openLogWriter } from '@rialto/kernel/bus/log.ts'
import { sql } from '@rialto/kernel/db/sql.ts'
import { type Design, TOPIC } from '../design.ts'
import { openLogReader, theLog } from './log.ts'

const MARK = '#'

export const overtakingRetry: Design = {
  ...theLog,
  name: 'overtaking-retry',
  groups: ['records'],
  async openWriter(pool) {
    const writer = await openLogWriter(pool, [TOPIC])
    return (event) => {
      const [row] = JSON.parse(writer.appendArgument([event]) as string) as [{ k: string }]
      const alone = JSON.stringify([{ ...row, k: `${event.key}${MARK}${event.id}` }])
      return [sql`select bus.append(${alone}::jsonb)`]
    }
  },
  openReader: (start) => {
    const { handle } = start
    const trueKey = (key: string): string => key.slice(0, key.indexOf(MARK))
    return openLogReader(
      {
        ...start,
        handle: (tx, handled) =>
          handle(tx, { ...handled, event: { ...handled.event, key: trueKey(handled.event.key) } }),
      },
      ['records'],
    )
  },
}
