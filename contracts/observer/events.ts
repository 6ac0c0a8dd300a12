// Interactions on their way to the observer: an internal topic, a batch an event, so that recording costs one append for many.

import { event } from '@rialto/kernel/pure/contract.ts'
import Type from 'typebox'
import { oneOf, open } from '../shapes/fields.ts'

export const recorded = open({
  id: Type.String(),
  parent: Type.Optional(Type.String()),
  flow: Type.String(),
  from: Type.String(),
  to: Type.String(),
  kind: oneOf('call', 'reply', 'publish', 'consume', 'step'),
  name: Type.String(),
  at: Type.Number(),
  seq: Type.Integer(),
  outcome: Type.String(),
  attempt: Type.Integer(),
  payload: Type.Optional(Type.Object({}, { additionalProperties: true })),
})

export const InteractionsRecorded = event({
  type: 'observer.interactions.recorded',
  source: 'observer',
  key: 'process',
  summary: 'What a process’s participants said to one another; internal.',
  data: open({ process: Type.String(), interactions: Type.Array(recorded) }),
})
