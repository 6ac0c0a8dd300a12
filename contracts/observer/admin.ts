// What operators see of the machinery: events as they are appended, how far the groups have read, and how runs compare with their
// diagrams.

import { route } from '@rialto/kernel/pure/contract.ts'
import Type from 'typebox'
import { closed, instant, oneOf, page, pageOf } from '../shapes/fields.ts'

const word = Type.String({ minLength: 1, maxLength: 100 })
const count = Type.Integer({ minimum: 0 })

export const LoggedEvent = closed({
  event_id: Type.String(),
  type: Type.String(),
  version: Type.Integer(),
  source: Type.String(),
  topic: Type.String(),
  partition: Type.Integer(),
  offset: Type.String(),
  key: Type.String(),
  occurred_at: instant,
  appended_at: instant,
  headers: Type.Object({}, { additionalProperties: true }),
  data: Type.Unknown(),
})

export const listEvents = route({
  name: 'listEvents',
  service: 'observer',
  method: 'GET',
  path: '/admin/events',
  summary: 'The newest events of the log that fit, newest first.',
  access: ['operator'],
  query: closed({
    topic: Type.Optional(word),
    type: Type.Optional(word),
    key: Type.Optional(word),
    flow: Type.Optional(word),
    event_id: Type.Optional(Type.String({ format: 'uuid' })),
    /** Only events appended after this instant. */
    since: Type.Optional(instant),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200 })),
  }),
  replies: {
    200: closed({
      items: Type.Array(LoggedEvent),
      /** With a filter, how many of the newest events of each partition were looked at. */
      looked_back: Type.Optional(count),
    }),
  },
})

export const showBus = route({
  name: 'showBus',
  service: 'observer',
  method: 'GET',
  path: '/admin/groups',
  summary: 'How far each consumer group has read, and what lies aside.',
  access: ['operator'],
  replies: {
    200: closed({
      groups: Type.Array(
        closed({
          group: Type.String(),
          topic: Type.String(),
          /** Events not passed yet; counting stops at 10,000 a partition. */
          lag: count,
          /** Age of the oldest of them. */
          lag_seconds: Type.Number(),
          dead_letters: count,
          parked_keys: count,
        }),
      ),
    }),
  },
})

export const verdict = oneOf('conforms', 'running', 'deviates', 'inconclusive')

export const FlowSummary = closed({
  flow: Type.String(),
  diagram: Type.String(),
  user_id: Type.Optional(Type.String()),
  /** Absent until it was judged for the first time. */
  verdict: Type.Optional(verdict),
  required: Type.Optional(count),
  seen: Type.Optional(count),
  deviations: Type.Array(
    closed({
      type: Type.String(),
      message: Type.Optional(Type.String()),
      interaction: Type.Optional(Type.String()),
      text: Type.String(),
    }),
  ),
  first_at: instant,
  judged_at: Type.Optional(instant),
})

export const listFlows = route({
  name: 'listFlows',
  service: 'observer',
  method: 'GET',
  path: '/admin/flows',
  summary: 'Recorded runs, newest first, with the verdict over them.',
  access: ['operator'],
  query: closed({
    diagram: Type.Optional(word),
    verdict: Type.Optional(verdict),
    ...page,
  }),
  replies: { 200: pageOf(FlowSummary) },
})

export const showConformance = route({
  name: 'showConformance',
  service: 'observer',
  method: 'GET',
  path: '/admin/conformance',
  summary: 'How the runs of a time compare with their diagrams.',
  access: ['operator'],
  query: closed({ from: instant, to: Type.Optional(instant) }),
  replies: {
    200: closed({
      diagrams: Type.Array(
        closed({
          diagram: Type.String(),
          runs: count,
          conforms: count,
          deviates: count,
          running: count,
          inconclusive: count,
          unjudged: count,
          /** What differed most often. */
          deviations: Type.Array(
            closed({
              type: Type.String(),
              message: Type.Optional(Type.String()),
              runs: count,
              /** The newest run of it. */
              flow: Type.String(),
            }),
          ),
        }),
      ),
    }),
  },
})
