// The control interface of a stand-in over HTTP, below /sandbox: what all of them can do, and how their own actions are served.
// Whoever reaches it decides who has paid and what is registered, so it answers callers on this machine only, and only JSON, which
// a page of another site cannot send unasked.

import type { FastifyInstance, FastifyRequest } from 'fastify'
import { choiceOf, type Fields, fieldsOf, integerOf, optional } from '../input/fields.ts'
import { FAULT_KINDS, type Fault } from './faults.ts'

export const MAX_MS = 366 * 24 * 3_600_000
const LOOPBACK = /^(127\.|::1$|::ffff:127\.)/

export type Action<Control> = (control: Control, request: FastifyRequest) => unknown
type Method = 'GET' | 'POST' | 'DELETE'
export type Actions<Control> = readonly (readonly [Method, string, Action<Control>])[]

/** What every stand-in lets a test do. */
export interface CommonControl<Operation extends string> {
  books(): { readonly now: number }
  addFault(fault: Pick<Fault<Operation>, 'operation' | 'kind'> & Partial<Fault<Operation>>): void
  faults(): readonly unknown[]
  clearFaults(): void
  advance(ms: number): Promise<void>
  idle(timeoutMs?: number): Promise<boolean>
}

/** The fields that are there, so that defaults apply to the others. */
export const given = <T extends object>(fields: T): { [K in keyof T]: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>
  }

export const bodyOf = (request: FastifyRequest, allowed: readonly string[]): Fields =>
  fieldsOf(request.body ?? {}, '', allowed)

export const milliseconds = (fields: Fields, name: string): number | undefined =>
  optional(fields[name], (v) => integerOf(v, name, { min: 0, max: MAX_MS }))

export const times = (fields: Fields): number | undefined =>
  optional(fields.times, (v) => integerOf(v, 'times', { min: 1, max: 1_000_000 }))

/** How what is told to the merchant's address shall arrive. */
export function deliveryOf<Mode extends string>(request: FastifyRequest, modes: readonly Mode[]) {
  const fields = bodyOf(request, ['mode', 'copies', 'delay_ms', 'times'])
  return {
    mode: choiceOf(fields.mode, 'mode', modes),
    ...given({
      copies: optional(fields.copies, (v) => integerOf(v, 'copies', { min: 2, max: 100 })),
      delayMs: milliseconds(fields, 'delay_ms'),
      times: times(fields),
    }),
  }
}

/** The actions that all stand-ins share; `operations`: what a fault can strike. */
export function commonActions<Operation extends string>(
  operations: readonly Operation[],
): Actions<CommonControl<Operation>> {
  return [
    ['GET', '/books', (control) => control.books()],
    ['GET', '/faults', (control) => ({ items: control.faults() })],
    [
      'POST',
      '/faults',
      (control, request) => {
        const fields = bodyOf(request, ['operation', 'kind', 'times', 'delay_ms'])
        control.addFault({
          operation: choiceOf(fields.operation, 'operation', operations),
          kind: choiceOf(fields.kind, 'kind', FAULT_KINDS),
          ...given({ times: times(fields), delayMs: milliseconds(fields, 'delay_ms') }),
        })
      },
    ],
    ['DELETE', '/faults', (control) => control.clearFaults()],
    [
      'POST',
      '/clock/advance',
      async (control, request) => {
        const { ms } = bodyOf(request, ['ms'])
        await control.advance(integerOf(ms, 'ms', { min: 0, max: MAX_MS }))
        return { now: control.books().now }
      },
    ],
    [
      'POST',
      '/idle',
      async (control, request) => {
        const fields = bodyOf(request, ['timeout_ms'])
        const limits = { min: 0, max: 60_000 }
        const timeoutMs = optional(fields.timeout_ms, (v) => integerOf(v, 'timeout_ms', limits))
        return { idle: await control.idle(timeoutMs) }
      },
    ],
  ]
}

/** Serves the actions to callers on this machine; `refuse` throws what others are told, in the stand-in's own words. */
export function serveActions<Control>(
  app: FastifyInstance,
  control: Control,
  { actions, refuse }: { readonly actions: Actions<Control>; refuse(text: string): never },
): void {
  app.addHook('onRequest', async (request) => {
    if (!LOOPBACK.test(request.socket.remoteAddress ?? ''))
      refuse('The control interface answers callers on its own machine only')
  })
  for (const [method, url, action] of actions) {
    app.route({
      method,
      url,
      handler: async (request) => (await action(control, request)) ?? { done: true },
    })
  }
}
