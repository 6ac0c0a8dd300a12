// Misfortunes set for the next calls of an operation of a stand-in. `…_before` strikes before the effect, `…_after` when the
// effect is in the books and only the answer is lost, which is the case that costs a careless merchant money.

import { setTimeout as sleep } from 'node:timers/promises'

export const FAULT_KINDS = [
  ...(['delay_effect', 'delay_answer', 'error_before', 'error_after'] as const),
  ...(['reset_before', 'reset_after', 'too_many_requests'] as const),
]
export type FaultKind = (typeof FAULT_KINDS)[number]

export interface Fault<Operation extends string> {
  readonly operation: Operation | 'any'
  readonly kind: FaultKind
  /** How many calls it still strikes. */
  readonly times: number
  /** Of delays; `retry_after` of `too_many_requests`. */
  readonly delayMs: number
}

/** How the stand-in says what struck. */
export interface FaultWords {
  tooManyRequests(retryAfterMs: number): Error
  unknownOutcome(): Error
}

/** The caller's connection is cut without an answer. */
export class ConnectionReset extends Error {}

export class Faults<Operation extends string> {
  #faults: Fault<Operation>[] = []
  readonly #closing: AbortSignal
  #cleared = new AbortController()
  readonly #words: FaultWords

  constructor(closing: AbortSignal, words: FaultWords) {
    this.#closing = closing
    this.#words = words
  }

  get all(): readonly Fault<Operation>[] {
    return this.#faults
  }

  add(fault: Fault<Operation>): void {
    this.#faults.push(fault)
  }

  /** No more misfortunes, and whoever is delayed by one goes on. */
  clear(): void {
    this.#faults = []
    this.#cleared.abort()
    this.#cleared = new AbortController()
  }

  /** Takes the fault that strikes this call, if any. */
  take(operation: Operation): Fault<Operation> | undefined {
    const index = this.#faults.findIndex((f) => f.operation === operation || f.operation === 'any')
    const fault = this.#faults[index]
    if (fault === undefined) return undefined
    const left = fault.times - 1
    this.#faults.splice(index, 1, ...(left > 0 ? [{ ...fault, times: left }] : []))
    return fault
  }

  refuse(fault: Fault<Operation> | undefined): void {
    if (fault?.kind === 'too_many_requests') throw this.#words.tooManyRequests(fault.delayMs)
    if (fault?.kind === 'error_before') throw this.#words.unknownOutcome()
    if (fault?.kind === 'reset_before') throw new ConnectionReset()
  }

  async holdEffect(fault: Fault<Operation> | undefined): Promise<void> {
    if (fault?.kind === 'delay_effect') await this.#wait(fault.delayMs)
  }

  async loseAnswer(fault: Fault<Operation> | undefined): Promise<void> {
    if (fault?.kind === 'delay_answer') await this.#wait(fault.delayMs)
    if (fault?.kind === 'error_after') throw this.#words.unknownOutcome()
    if (fault?.kind === 'reset_after') throw new ConnectionReset()
  }

  async #wait(ms: number): Promise<void> {
    const cleared = this.#cleared.signal
    const signal = AbortSignal.any([this.#closing, cleared])
    await sleep(ms, undefined, { signal }).catch((error: unknown) => {
      if (!cleared.aborted) throw error
    })
  }
}
