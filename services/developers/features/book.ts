// Books entries of any number of orders in one statement and tells of each in the flow of the event that brought it. Entries that
// were booked before are passed over, so that the same event may come any number of times.

import { developerBalanceStates } from '@rialto/contracts/developers/states.ts'
import type { Tx } from '@rialto/kernel/service/tx.ts'
import type { Entry } from '../domain/entry.ts'
import { publishBalanceUpdated } from '../events/publishers.ts'
import { type BookedRow, bookEntries } from '../store.ts'

/** An entry, and the transaction in the name of what caused it. */
export interface Booking {
  readonly entry: Entry
  readonly tx: Tx
}

const keyOf = (e: Pick<Entry, 'orderId' | 'lineId' | 'cause' | 'paymentId'>): string =>
  `${e.orderId} ${e.lineId} ${e.cause} ${e.paymentId}`

const keyOfRow = (b: BookedRow): string =>
  keyOf({ orderId: b.order_id, lineId: b.line_id, cause: b.cause, paymentId: b.payment_id })

/** The balance after each entry: the statement tells the last one, the earlier ones are that less what came after. */
export function balancesAfter(
  entries: readonly Entry[],
  booked: readonly BookedRow[],
): { entry: Entry; balanceMinor: bigint }[] {
  const last = new Map(booked.map((b) => [keyOfRow(b), b.balance_minor]))
  const running = new Map<string, bigint>()
  const told = new Set<string>()
  const fresh = entries.filter((e) => {
    const key = keyOf(e)
    return last.has(key) && !told.has(key) && told.add(key) !== undefined
  })
  return fresh
    .reverse()
    .map((entry) => {
      const account = `${entry.developerId} ${entry.currency}`
      const balanceMinor = running.get(account) ?? (last.get(keyOf(entry)) as bigint)
      running.set(account, balanceMinor - entry.amountMinor)
      return { entry, balanceMinor }
    })
    .reverse()
}

export async function book(tx: Tx, bookings: readonly Booking[], now: number): Promise<void> {
  if (bookings.length === 0) return
  const entries = bookings.map((booking) => booking.entry)
  const names = new Map(bookings.map(({ entry, tx: own }) => [entry, own]))
  const booked = await tx.many(bookEntries(entries, now))
  for (const { entry, balanceMinor } of balancesAfter(entries, booked)) {
    const own = names.get(entry) as Tx
    own.step(developerBalanceStates, 'updated')
    publishBalanceUpdated(own, entry, { balanceMinor, atMs: now })
  }
}
