// The audit trail for operators: who did what to what, when, in which flow.

import { route } from '@rialto/kernel/pure/contract.ts'
import Type from 'typebox'
import { closed, instant, oneOf, page, pageOf } from '../shapes/fields.ts'
import { auditProblems } from './problems.ts'

const word = Type.String({ minLength: 1, maxLength: 100 })

const filter = {
  /** A person's id, or the name of a service that acted by itself. */
  actor: Type.Optional(word),
  /** What it concerns: the id of an order or a user; of anything else, the key of its events. */
  subject: Type.Optional(word),
  /** An event's name; `notification.message.status.updated.v1` gives the log of notifications. */
  type: Type.Optional(word),
  /** Happened at or after, and before. */
  from: Type.Optional(instant),
  to: Type.Optional(instant),
}

export const AuditEntry = closed({
  /** The event's own id. */
  entry_id: Type.String(),
  at: instant,
  type: Type.String(),
  /** The service that did it. */
  source: Type.String(),
  /** Whose request it was done in; the service itself where nobody's. */
  actor: closed({ kind: oneOf('person', 'service'), id: Type.String() }),
  subject: Type.String(),
  order_id: Type.Optional(Type.String()),
  user_id: Type.Optional(Type.String()),
  /** Key of its living diagram. */
  flow: Type.Optional(Type.String()),
  /** Shared by all that one outside request set off. */
  correlation: Type.String(),
  /** The event or call that it follows from. */
  cause: Type.Optional(Type.String()),
  /** What the event says, personal data masked. */
  details: Type.Object({}, { additionalProperties: true }),
})

export const listAuditEntries = route({
  name: 'listAuditEntries',
  service: 'audit',
  method: 'GET',
  path: '/audit/entries',
  summary: 'Who did what to what, and when: newest first, filtered.',
  access: ['operator'],
  query: closed({ ...filter, ...page }),
  replies: { 200: pageOf(AuditEntry) },
  problems: [auditProblems.trail_unavailable],
})

export const exportAuditEntries = route({
  name: 'exportAuditEntries',
  service: 'audit',
  method: 'GET',
  path: '/audit/entries.csv',
  summary: 'The same as a table for spreadsheets: the newest 20,000 that fit.',
  access: ['operator'],
  media: 'text/csv',
  query: closed(filter),
  replies: { 200: Type.String() },
  problems: [auditProblems.trail_unavailable],
})
