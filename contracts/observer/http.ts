import { route } from '@rialto/kernel/pure/contract.ts'
import Type, { type Static } from 'typebox'
import { closed, oneOf } from '../shapes/fields.ts'
import { recorded } from './events.ts'
import { observerProblems } from './problems.ts'

export const Verdict = closed({
  flow: Type.String(),
  diagram: Type.String(),
  verdict: oneOf('conforms', 'running', 'deviates', 'inconclusive'),
  required: Type.Integer(),
  seen: Type.Integer(),
  deviations: Type.Array(
    closed({
      type: Type.String(),
      message: Type.Optional(Type.String()),
      interaction: Type.Optional(Type.String()),
      text: Type.String(),
    }),
  ),
  /** Checklist ids shown. */
  items: Type.Array(Type.String()),
  waiting: Type.Array(Type.String()),
  /** Branch taken by each alternative of the diagram, where it is known. */
  branches: Type.Record(Type.String(), Type.String()),
  interactions: Type.Array(recorded),
  /** Nothing more is expected to arrive. */
  quiet: Type.Boolean(),
  /** Something may be missing from the record, so absence proves nothing. */
  lossy: Type.Boolean(),
  /** Names this answer: given back as `known`, it is not sent again. */
  revision: Type.String(),
})

/** What the diagram is drawn from. */
export type FlowRecord = Static<typeof Verdict>

export const getFlow = route({
  name: 'getFlow',
  service: 'observer',
  method: 'GET',
  path: '/flows/:key',
  summary: 'The recorded messages of an order beside what its diagram asks for.',
  access: ['customer', 'operator'],
  params: closed({ key: Type.String({ maxLength: 100 }) }),
  query: closed({ known: Type.Optional(Type.String({ maxLength: 100 })) }),
  replies: { 200: Verdict, 204: Type.Null() },
  problems: [observerProblems.unknown_flow],
})

const DeadLetter = closed({
  group: Type.String(),
  topic: Type.String(),
  event_id: Type.String(),
  key: Type.String(),
  type: Type.String(),
  attempts: Type.Integer(),
  error_code: Type.Union([Type.String(), Type.Null()]),
  error: Type.Union([Type.String(), Type.Null()]),
  dead_at: Type.String(),
  waiting: Type.Integer(),
  data: Type.Unknown(),
})

export const listDeadLetters = route({
  name: 'listDeadLetters',
  service: 'observer',
  method: 'GET',
  path: '/admin/dead-letters',
  summary: 'Events that used up their attempts, oldest first.',
  access: ['operator'],
  query: closed({ group: Type.Optional(Type.String({ maxLength: 100 })) }),
  replies: { 200: closed({ items: Type.Array(DeadLetter) }) },
})

export const redriveDeadLetters = route({
  name: 'redriveDeadLetters',
  service: 'observer',
  method: 'POST',
  path: '/admin/dead-letters/redrive',
  summary: 'Sends dead letters to their handlers again.',
  access: ['operator'],
  body: closed({
    group: Type.Optional(Type.String({ maxLength: 100 })),
    event_id: Type.Optional(Type.String({ format: 'uuid' })),
  }),
  replies: { 200: closed({ redriven: Type.Integer() }) },
})

/** Why a dead letter is given up, wherever that is asked for. */
export const REASON = { minLength: 3, maxLength: 500 } as const

export const discardDeadLetter = route({
  name: 'discardDeadLetter',
  service: 'observer',
  method: 'POST',
  path: '/admin/dead-letters/discard',
  summary: 'Gives a dead letter up, for a reason that stays on record.',
  access: ['operator'],
  body: closed({
    group: Type.String({ maxLength: 100 }),
    event_id: Type.String({ format: 'uuid' }),
    reason: Type.String(REASON),
  }),
  replies: { 200: closed({ discarded: Type.Boolean() }) },
  problems: [observerProblems.unknown_letter],
})
