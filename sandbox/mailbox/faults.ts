// Misfortunes set for the next mails. `lose_answer` strikes when the mail is in the box and only the yes is lost, which is the
// case that makes a careless sender write twice.

import { setTimeout as sleep } from 'node:timers/promises'
import { sameAddress } from './books.ts'

export const FAULT_KINDS = ['refuse_sender', 'greylist', 'reject', 'delay', 'lose_answer'] as const
export type FaultKind = (typeof FAULT_KINDS)[number]

export interface MailFault {
  readonly kind: FaultKind
  /** Absent: any. */
  readonly address?: string
  /** How many mails it still strikes. */
  readonly times: number
  /** Of `delay`. */
  readonly delayMs: number
}

export class MailFaults {
  #faults: MailFault[] = []
  #cleared = new AbortController()

  get all(): readonly MailFault[] {
    return this.#faults
  }

  add(fault: MailFault): void {
    this.#faults.push(fault)
  }

  /** No more misfortunes, and the mails that one delays go on. */
  clear(): void {
    this.#faults = []
    this.#cleared.abort()
    this.#cleared = new AbortController()
  }

  /** Resolves when the delay is over, or all faults are cleared. */
  async delay({ delayMs }: MailFault, closing: AbortSignal): Promise<void> {
    const cleared = this.#cleared.signal
    const signal = AbortSignal.any([closing, cleared])
    await sleep(delayMs, undefined, { signal }).catch((error: unknown) => {
      if (!cleared.aborted) throw error
    })
  }

  /** Takes the fault of one of these kinds that strikes mail to one of these addresses, if any. */
  take(kinds: readonly FaultKind[], addresses: readonly string[]): MailFault | undefined {
    const to = addresses.map(sameAddress)
    const index = this.#faults.findIndex(
      ({ kind, address }) =>
        kinds.includes(kind) && (address === undefined || to.includes(sameAddress(address))),
    )
    const fault = this.#faults[index]
    if (fault === undefined) return undefined
    const left = fault.times - 1
    this.#faults.splice(index, 1, ...(left > 0 ? [{ ...fault, times: left }] : []))
    return fault
  }
}
