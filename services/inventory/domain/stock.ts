// What a change of a reservation does to the stock. Pure.

import type { ReservationState } from '../store.ts'

/** How many of a copy's places change hands: into held and into sold. */
export function stockChange(
  from: ReservationState,
  to: ReservationState,
): { held: number; sold: number } {
  const place = (state: ReservationState) => ({
    held: state === 'held' ? 1 : 0,
    sold: state === 'committed' ? 1 : 0,
  })
  const [before, after] = [place(from), place(to)]
  return { held: after.held - before.held, sold: after.sold - before.sold }
}
