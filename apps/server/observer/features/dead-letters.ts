// What operators do with dead letters, over HTTP. The commands of the CLI call the same functions of the bus.

import * as contract from '@rialto/contracts/observer/http.ts'
import * as letters from '@rialto/kernel/bus/dead-letters.ts'
import { Problem } from '@rialto/kernel/pure/problem.ts'
import { isoInstant } from '@rialto/kernel/pure/time.ts'
import { type Ask, query, reply } from '@rialto/kernel/service/feature.ts'
import { problems } from '../errors.ts'
import type { ObserverParts } from '../service.ts'

const named = (group: string | undefined, eventId: string | undefined) => ({
  ...(group === undefined ? {} : { group }),
  ...(eventId === undefined ? {} : { eventId }),
})

export const list = query(
  contract.listDeadLetters,
  async ({ input, parts }: Ask<typeof contract.listDeadLetters, {}, ObserverParts>) => {
    const found = await letters.listDeadLetters(parts.pool(), named(input.query.group, undefined))
    const items = found.map(
      ({ part: _part, off: _off, headers: _headers, first_failed_at: _first, ...letter }) => ({
        ...letter,
        dead_at: isoInstant(letter.dead_at),
      }),
    )
    return reply(200, { items })
  },
)

export const redrive = query(
  contract.redriveDeadLetters,
  async ({ input, parts }: Ask<typeof contract.redriveDeadLetters, {}, ObserverParts>) =>
    reply(200, {
      redriven: await letters.redriveDeadLetters(
        parts.pool(),
        named(input.body.group, input.body.event_id),
      ),
    }),
)

export const discard = query(
  contract.discardDeadLetter,
  async ({ input, caller, parts }: Ask<typeof contract.discardDeadLetter, {}, ObserverParts>) => {
    const { group, event_id: eventId, reason } = input.body
    const done = await letters.discardDeadLetter(
      parts.pool(),
      { group, eventId },
      { reason, by: caller.id },
    )
    if (!done) throw new Problem(problems.unknown_letter)
    return reply(200, { discarded: true })
  },
)
