// The mails that arrived, newest last. A thousand are kept unless told otherwise: a mailbox that only grows would eat the machine of whoever lets it
// run. The file, if there is one, keeps all of them over a kill.

import type { Clock } from '@rialto/kernel/pure/time.ts'
import PostalMime from 'postal-mime'
import { type Journal, openJournal } from '../engine/journal.ts'

export interface Mail {
  readonly id: string
  /** Milliseconds since the epoch. */
  readonly at: number
  /** Who the server was told writes, and to whom: the envelope, not the headers. */
  readonly from: string
  readonly to: readonly string[]
  readonly messageId: string
  readonly subject: string
  readonly headers: readonly { readonly name: string; readonly value: string }[]
  readonly text: string
  readonly html?: string
  readonly bytes: number
}

export interface Envelope {
  readonly from: string
  readonly to: readonly string[]
}

const KEPT_MAX = 1_000

type Change = { readonly kind: 'arrived'; readonly mail: Mail } | { readonly kind: 'cleared' }

export interface BooksOptions {
  readonly clock: Clock
  readonly journal: string | undefined
  readonly keptMax: number | undefined
}

/** One spelling of an address, for looking it up. */
export const sameAddress = (address: string): string => address.trim().toLowerCase()

export class Books {
  readonly #clock: Clock
  readonly #keptMax: number
  readonly #journal: Journal<Change>
  readonly #waiting = new Set<() => void>()
  #mails: Mail[] = []
  #issued = 0

  constructor(options: BooksOptions) {
    this.#clock = options.clock
    this.#keptMax = options.keptMax ?? KEPT_MAX
    this.#journal = openJournal<Change>(options.journal, (change) => this.#apply(change))
    this.#issued = this.#journal.issuedBefore
  }

  get mails(): readonly Mail[] {
    return this.#mails
  }

  find(id: string): Mail | undefined {
    return this.#mails.find((mail) => mail.id === id)
  }

  to(address: string): Mail[] {
    const wanted = sameAddress(address)
    return this.#mails.filter((mail) => mail.to.some((to) => sameAddress(to) === wanted))
  }

  async keep(raw: Buffer, { from, to }: Envelope): Promise<Mail> {
    const parsed = await PostalMime.parse(raw)
    this.#issued += 1
    const mail: Mail = {
      ...{ id: `mail-${this.#issued}`, at: this.#clock.now(), from, to, bytes: raw.length },
      messageId: parsed.messageId ?? '',
      subject: parsed.subject ?? '',
      headers: parsed.headers.map(({ originalKey, value }) => ({ name: originalKey, value })),
      text: parsed.text ?? '',
      ...(parsed.html === undefined ? {} : { html: parsed.html }),
    }
    this.#journal.commit([{ kind: 'arrived', mail }], this.#issued)
    return mail
  }

  clear(): void {
    this.#journal.commit([{ kind: 'cleared' }], this.#issued)
  }

  /** Resolves with true once the condition holds, with false when the time is over first. */
  async until(holds: () => boolean, timeoutMs: number): Promise<boolean> {
    let over = false
    const timer = setTimeout(() => {
      over = true
      this.#tell()
    }, timeoutMs)
    while (!holds() && !over) await new Promise<void>((resolve) => this.#waiting.add(resolve))
    clearTimeout(timer)
    return holds()
  }

  close(): void {
    this.#journal.close()
  }

  #apply(change: Change): void {
    if (change.kind === 'cleared') this.#mails = []
    else this.#mails.push(change.mail)
    if (this.#mails.length > this.#keptMax) this.#mails = this.#mails.slice(-this.#keptMax)
    this.#tell()
  }

  #tell(): void {
    const told = [...this.#waiting]
    this.#waiting.clear()
    for (const tell of told) tell()
  }
}
