import {
  discardDeadLetter,
  listDeadLetters,
  redriveDeadLetters,
} from '@rialto/kernel/bus/dead-letters.ts'
import { isoInstant } from '@rialto/kernel/pure/time.ts'
import { type Command, jsonLine, print, readWords, textOf, UsageError } from '../command.ts'
import { asOperator } from '../operator.ts'

const OPTIONS = {
  group: { type: 'string' },
  event: { type: 'string' },
  reason: { type: 'string' },
  by: { type: 'string' },
} as const
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

type Values = Record<string, string | boolean | undefined>

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
  const letters = await asOperator(({ pool }) => listDeadLetters(pool, filterOf(values)))
  if (values.json === true) for (const letter of letters) print(jsonLine(letter))
  else if (letters.length === 0) print('No dead letters.\n')
  else
    for (const l of letters)
      print(
        `${isoInstant(l.dead_at)}  ${l.group}  ${l.type}  ${l.key}  ${l.event_id}\n  ${l.attempts} tries, ${l.waiting} waiting behind it: ${l.error_code} ${l.error}\n`,
      )
  return true
}

async function redrive(values: Values): Promise<boolean> {
  const count = await asOperator(({ pool }) => redriveDeadLetters(pool, filterOf(values)))
  print(
    values.json === true
      ? jsonLine({ redriven: count })
      : `${count} sent to their handlers again.\n`,
  )
  return true
}

async function discard(values: Values): Promise<boolean> {
  const { group, eventId } = filterOf(values)
  const reason = textOf(values.reason)
  if (group === undefined || eventId === undefined || reason === undefined)
    throw new UsageError('discard takes --group, --event and --reason')
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
  usage: 'dead-letters list | redrive | discard [--group --event --reason]',
  summary: 'events that used up their attempts: look, send again, give up',
  run(words) {
    const { values, words: rest } = readWords(words, OPTIONS)
    if (rest[0] === 'list') return list(values)
    if (rest[0] === 'redrive') return redrive(values)
    if (rest[0] === 'discard') return discard(values)
    throw new UsageError('say list, redrive or discard')
  },
}
