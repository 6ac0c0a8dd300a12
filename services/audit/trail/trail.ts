// Where the audit trail is kept: the narrow port between what an entry is and who stores it. trail.db.test.ts holds every
// implementation to the same contract.

import type { Entry } from '../domain/entry.ts'

export interface Question {
  readonly actor?: string | undefined
  /** An order's or a user's id finds what concerns it; any other, what happened to it. */
  readonly subject?: string | undefined
  readonly type?: string | undefined
  /** ISO 8601: at or after, and before. */
  readonly from?: string | undefined
  readonly to?: string | undefined
  /** Only what stands behind this entry in the list. */
  readonly after?: Pick<Entry, 'at' | 'entryId'> | undefined
  readonly limit: number
}

export interface Trail {
  /**
   * Resolves when the entries are safe. An entry that is there already is written anew, so that a replay with stricter masking
   * reaches old ones. Throws `Unavailable` while the store is away; some of the entries may have been kept then.
   */
  keep(entries: readonly Entry[]): Promise<void>
  /** Newest first; of one instant, by id. Throws `Unavailable` while the store is away. */
  find(question: Question): Promise<Entry[]>
  close(): Promise<void>
}

/** What a subject is to be looked for in. */
export const subjectField = (subject: string): 'orderId' | 'userId' | 'subject' => {
  if (subject.startsWith('ord_')) return 'orderId'
  return subject.startsWith('usr_') ? 'userId' : 'subject'
}
