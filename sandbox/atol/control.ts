// What only a simulation has: planning how documents end, bad luck, moving the clock, and reading the register's own books. The
// same functions serve tests in this process and, below /sandbox, other processes.

import type { Fault, Faults } from '../engine/faults.ts'
import { type CallbackBehaviour, NORMAL } from './callbacks.ts'
import { AtolError } from './errors.ts'
import type { Register } from './register.ts'
import type { CallbackRecord, DocumentRecord, JsonObject, Operation } from './store.ts'

export const OPERATIONS = [...(['token', 'sell', 'sell_refund', 'report', 'any'] as const)]
export type Call = Exclude<(typeof OPERATIONS)[number], 'any'>

/** The register's own books, in minor units, for comparing with the merchant's. */
export interface BooksView {
  readonly now: number
  readonly documents: readonly DocumentRecord[]
  /** Of documents that are in the fiscal storage. */
  readonly totals: { readonly sellMinor: number; readonly refundMinor: number }
}

export interface AtolControl {
  /** How processing ends for the next documents: done, or failed with a code. */
  plan(plan: { outcome: 'done' | 'fail'; code?: number; times?: number }): void
  /** How long a document waits from now on. */
  setProcessing(ms: number): void
  /** The next calls are refused with this code. */
  refuse(refusal: { operation: Call; code: number; times?: number }): void
  /** While it is down, every connection is cut before anything happens. */
  setDown(down: boolean): void
  addFault(fault: Pick<Fault<Call>, 'operation' | 'kind'> & Partial<Fault<Call>>): void
  faults(): readonly Fault<Call>[]
  clearFaults(): void
  setCallbacks(behaviour: Partial<CallbackBehaviour>): void
  /** Where callbacks go that their document names no address for. */
  setCallbackUrl(url: string | undefined): void
  callbacks(): readonly CallbackRecord[]
  redeliver(callbackId: string): void
  /** Sends a callback that nothing in the books stands behind. */
  forge(body: JsonObject): void
  /** As if 24 h had passed for the tokens only. */
  expireTokens(): void
  books(): BooksView
  advance(ms: number): Promise<void>
  /** Waits until every document is processed and every callback delivered; false when the time (5 s unless given) is over. */
  idle(timeoutMs?: number): Promise<boolean>
}

/** Misfortunes that the API asks about at every call. */
export interface Weather {
  isDown: boolean
  readonly refusals: { readonly operation: Call; readonly code: number }[]
}

function totalOf(documents: readonly DocumentRecord[], operation: Operation): number {
  const done = documents.filter((d) => d.status === 'done' && d.operation === operation)
  return done.reduce((sum, { totalMinor }) => sum + totalMinor, 0)
}

function booksOf(register: Register): BooksView {
  register.settle()
  const documents = [...register.books.documents.values()]
  const totals = {
    sellMinor: totalOf(documents, 'sell'),
    refundMinor: totalOf(documents, 'sell_refund'),
  }
  return { now: register.now(), documents, totals }
}

function redeliver(register: Register, id: string): void {
  const callback = register.books.callbacks.get(id)
  if (callback === undefined) throw new AtolError(40, { status: 404, text: 'No such callback' })
  register.callbacks.redeliver(callback)
}

export function openControl(
  register: Register,
  faults: Faults<Call>,
  weather: Weather,
): AtolControl {
  const { callbacks, books } = register
  const isIdle = (): boolean =>
    !register.waiting && [...books.callbacks.values()].every(({ state }) => state !== 'pending')
  return {
    plan({ outcome, code = 1, times = 1 }) {
      for (let i = 0; i < times; i++) register.plans.push(outcome === 'done' ? undefined : code)
    },
    setProcessing: (ms) => {
      register.processingMs = ms
    },
    refuse({ operation, code, times = 1 }) {
      for (let i = 0; i < times; i++) weather.refusals.push({ operation, code })
    },
    setDown: (down) => {
      weather.isDown = down
    },
    addFault: (fault) => faults.add({ times: 1, delayMs: 1_000, ...fault }),
    faults: () => faults.all,
    clearFaults: () => faults.clear(),
    setCallbacks: (behaviour) => {
      callbacks.behaviour = { ...NORMAL, ...behaviour }
    },
    setCallbackUrl: (url) => {
      callbacks.url = url
    },
    callbacks: () => [...books.callbacks.values()],
    redeliver: (id) => redeliver(register, id),
    forge: (body) => register.commit([callbacks.forge(body)]),
    expireTokens: () => register.expireTokens(),
    books: () => booksOf(register),
    advance: (ms) => register.advance(ms),
    idle: (timeoutMs = 60_000) => callbacks.idle(isIdle, timeoutMs),
  }
}
