// What the gateway pushes over the WebSocket at `/push`. The client says first who it is and what it saw last; then it is told
// where it stands, and from there on every event of its own, in order, each once. After `gap` something is missing that is not
// kept any more: what is shown must be fetched again. Whoever is closed comes again with the last `seq` it saw.

import Type, { type Static } from 'typebox'
import { closed, instant } from '../shapes/fields.ts'

const seq = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })

/** The client's frame: the first one, and again with a fresh token before the old one ends. */
export const PushHello = closed({
  type: Type.Literal('hello'),
  token: Type.String({ maxLength: 4_096 }),
  /** Absent or null: from now on. */
  since: Type.Optional(Type.Union([seq, Type.Null()])),
})

/** Where the connection stands: what follows has a greater `seq`. */
const PushReady = closed({ type: Type.Literal('ready'), seq })

const PushEvent = closed({
  type: Type.Literal('event'),
  seq,
  event: Type.String({ description: 'Type of the event, as in the AsyncAPI document.' }),
  at: instant,
  data: Type.Record(Type.String(), Type.Unknown()),
})

const PushGap = closed({ type: Type.Literal('gap') })

/** Every 15 seconds. A browser hears no pings: whoever hears nothing for long has a dead line before it, and comes again. */
const PushAlive = closed({ type: Type.Literal('alive') })

export const PushFrame = Type.Union([PushReady, PushEvent, PushGap, PushAlive])
export type PushFrame = Static<typeof PushFrame>

/** Close codes of ours; the others are RFC 6455's: 1001 going away, 1008 not our protocol, 1013 come again later. */
export const pushCloses = {
  /** The token is missing, wrong, expired, or its session has ended: come again with another one. */
  unauthenticated: 4401,
  /** This account has too many connections. */
  too_many: 4429,
} as const
