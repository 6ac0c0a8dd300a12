import { resend } from '@rialto/kernel/bus/kafka/resend.ts'
import { droppedTo, replayGroup, tailEvents } from '@rialto/kernel/bus/replay.ts'
import { isoInstant } from '@rialto/kernel/pure/time.ts'
import {
  type Command,
  Failed,
  jsonLine,
  limitOf,
  print,
  runVerb,
  textOf,
  UsageError,
  type Values,
} from '../command.ts'
import { asOperator } from '../operator.ts'

/** Groups whose handlers may run twice; any other would double its effects. */
const REPLAYABLE = new Set(['observer', 'analytics', 'audit'])

const TEXT = { type: 'string' } as const

const given = (values: Values, name: string): Record<string, string> => {
  const value = textOf(values[name])
  return value === undefined ? {} : { [name]: value }
}

async function tail(values: Values): Promise<boolean> {
  const filter = {
    limit: limitOf(values, 20),
    ...given(values, 'topic'),
    ...given(values, 'type'),
    ...given(values, 'key'),
    ...given(values, 'flow'),
  }
  const found = await asOperator(({ pool }) => tailEvents(pool, filter))
  for (const { part, off, appendedAt, event } of found) {
    if (values.json === true)
      print(jsonLine({ part, off, appended_at: isoInstant(appendedAt), ...event }))
    else
      print(
        `${isoInstant(appendedAt)}  ${event.topic}/${part}@${off}  ${event.type.padEnd(42)} ${event.key}  ${JSON.stringify(event.data)}\n`,
      )
  }
  return true
}

async function replay(values: Values): Promise<boolean> {
  const group = textOf(values.group)
  if (group === undefined || !REPLAYABLE.has(group))
    throw new UsageError(
      `--group takes one of: ${[...REPLAYABLE].join(', ')}; a replay of any other group would double its effects`,
    )
  const { moved, dropped } = await asOperator(async ({ pool }) => ({
    moved: await replayGroup(pool, group),
    dropped: await droppedTo(pool, group),
  }))
  const missing = dropped === undefined ? null : isoInstant(dropped)
  if (values.json === true) print(jsonLine({ group, partitions: moved, dropped_to: missing }))
  else {
    print(
      `${group} reads ${moved} partitions again from the oldest event that the log still has.\n`,
    )
    if (missing !== null)
      print(
        `Events up to ${missing} were dropped when their retention was over: what ${group} keeps of them stays, what it lost does not come back.\n`,
      )
  }
  return moved > 0
}

async function sendAgain(values: Values): Promise<boolean> {
  const sent = await asOperator(({ pool }) => resend(pool))
  if (sent === undefined)
    throw new Failed('a process of the platform is running; stop all of them first')
  print(
    values.json === true
      ? jsonLine(sent)
      : `${sent.events} events go to Kafka once more, and ${sent.dead} dead letters. Start with another KAFKA_PREFIX.\n`,
  )
  return true
}

export const events: Command = {
  name: 'events',
  usage: 'events tail [--topic --type --key --flow --limit] | replay --group G | resend',
  summary: 'shows the newest events, lets a projection read all again, resends after a restore',
  run: (words) =>
    runVerb(words, {
      tail: { options: { topic: TEXT, type: TEXT, key: TEXT, flow: TEXT, limit: TEXT }, run: tail },
      replay: { options: { group: TEXT }, run: replay },
      resend: { run: sendAgain },
    }),
}
