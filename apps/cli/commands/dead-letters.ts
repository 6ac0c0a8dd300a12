import { REASON } from '@rialto/contracts/observer/http.ts'
import {
  countDeadLetters,
  discardDeadLetter,
  listDeadLetters,
  redriveDeadLetters,
} from '@rialto/kernel/bus/dead-letters.ts'
import { isoInstant } from '@rialto/kernel/pure/time.ts'
import {
  type Command,
  jsonLine,
  limitOf,
  print,
  runVerb,
  textOf,
  UsageError,
  type Values,
} from '../command.ts'
import { asOperator } from '../operator.ts'

const TEXT = { type: 'string' } as const
const WHICH = { group: TEXT, event: TEXT } as const
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

function filterOf(values: Values): { group?: string; eventId?: string } {
  const group = textOf(values.group)
  const eventId = textOf(values.event)
  if (eventId !== undefined && !UUID.test(eventId))
    throw new UsageError('--event takes the id of an event')
  return {
    ...(group === undefined ? {} : { group }),
    ...(eventId === undefined ? {} : { eventId }),
  }
}

async function list(values: Values): Promise<boolean> {
  const filter = filterOf(values)
  const limit = limitOf(values, 100)
  const { letters, total } = await asOperator(async ({ pool }) => ({
    letters: await listDeadLetters(pool, { ...filter, limit }),
    total: await countDeadLetters(pool, filter),
  }))
  if (values.json === true) for (const letter of letters) print(jsonLine(letter))
  else if (letters.length === 0) print('No dead letters.\n')
  else
    for (const l of letters)
      print(
        `${isoInstant(l.dead_at)}  ${l.group}  ${l.type}  ${l.key}  ${l.event_id}\n  ${l.attempts} tries, ${l.waiting} waiting behind it: ${l.error_code} ${l.error}\n`,
      )
  // Beside the list and not in it: a program reads one letter a line.
  if (total > letters.length)
    process.stderr.write(`The oldest ${letters.length} of ${total}; --limit shows more.\n`)
  return true
}

/** What was named and is not there was not sent; that of all letters there are none is in order. */
async function redrive(values: Values): Promise<boolean> {
  const filter = filterOf(values)
  const count = await asOperator(({ pool }) => redriveDeadLetters(pool, filter))
  const isNamed = Object.keys(filter).length > 0
  const none = isNamed ? 'There is no such dead letter.\n' : 'There are no dead letters.\n'
  print(
    values.json === true
      ? jsonLine({ redriven: count })
      : count === 0
        ? none
        : `${count} sent to their handlers again.\n`,
  )
  return count > 0 || !isNamed
}

async function discard(values: Values): Promise<boolean> {
  const { group, eventId } = filterOf(values)
  const reason = textOf(values.reason)
  if (group === undefined || eventId === undefined || reason === undefined)
    throw new UsageError('discard takes --group, --event and --reason')
  if (reason.trim().length < REASON.minLength || reason.length > REASON.maxLength)
    throw new UsageError(`--reason takes ${REASON.minLength} to ${REASON.maxLength} letters`)
  const done = await asOperator(({ pool }) =>
    discardDeadLetter(pool, { group, eventId }, { reason, by: textOf(values.by) ?? 'cli' }),
  )
  print(
    values.json === true
      ? jsonLine({ discarded: done })
      : done
        ? 'Discarded; the reason is on record.\n'
        : 'There is no such dead letter.\n',
  )
  return done
}

export const deadLetters: Command = {
  name: 'dead-letters',
  usage:
    'dead-letters list [--group --event --limit] | redrive [--group --event] | discard --group --event --reason [--by]',
  summary: 'events that used up their attempts: look, send again, give up',
  run: (words) =>
    runVerb(words, {
      list: { options: { ...WHICH, limit: TEXT }, run: list },
      redrive: { options: WHICH, run: redrive },
      discard: { options: { ...WHICH, reason: TEXT, by: TEXT }, run: discard },
    }),
}
