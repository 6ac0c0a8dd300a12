// What a test asks of the box. The same functions serve tests in this process and, below /sandbox, other processes.

import type { Books, Mail } from './books.ts'
import type { MailFault, MailFaults } from './faults.ts'

export interface MailboxControl {
  /** All mails, or those to one address; oldest first. */
  mails(to?: string): readonly Mail[]
  mail(id: string): Mail | undefined
  /** Waits until so many mails are there (to that address); false when the time, 5 s unless given, is over first. */
  arrived(wanted: { count: number; to?: string; timeoutMs?: number }): Promise<boolean>
  clear(): void
  addFault(fault: Pick<MailFault, 'kind'> & Partial<MailFault>): void
  faults(): readonly MailFault[]
  clearFaults(): void
  /** While it is down, every connection is cut before a word is said. */
  setDown(down: boolean): void
}

export function openControl(
  books: Books,
  faults: MailFaults,
  setDown: (down: boolean) => void,
): MailboxControl {
  const mails = (to?: string): readonly Mail[] => (to === undefined ? books.mails : books.to(to))
  return {
    mails,
    mail: (id) => books.find(id),
    arrived: ({ count, to, timeoutMs = 5_000 }) =>
      books.until(() => mails(to).length >= count, timeoutMs),
    clear: () => books.clear(),
    addFault: (fault) => faults.add({ times: 1, delayMs: 1_000, ...fault }),
    faults: () => faults.all,
    clearFaults: () => faults.clear(),
    setDown,
  }
}
