// Callers in a closed loop.

import type { Ledger } from '@rialto/wallets/ledger/ledger.ts'
import { type Bench, transfer } from './set-up.ts'

export interface Rate {
  readonly count: number
  readonly perSecond: number
  readonly latenciesMs: readonly number[]
}

export async function measure(
  bench: Bench,
  ledger: Ledger,
  load: { readonly kind: 'random' | 'hot'; readonly callers: number; readonly ms: number },
): Promise<Rate> {
  const latenciesMs: number[] = []
  const startedAt = performance.now()
  const until = startedAt + load.ms
  const caller = async (): Promise<void> => {
    while (performance.now() < until) {
      const sentAt = performance.now()
      const posted = await ledger.post(transfer(bench, load.kind))
      if (posted.outcome !== 'ok') throw new Error(`a transfer was refused: ${posted.outcome}`)
      latenciesMs.push(performance.now() - sentAt)
    }
  }
  await Promise.all(Array.from({ length: load.callers }, caller))
  const count = latenciesMs.length
  return { count, perSecond: (count * 1_000) / (performance.now() - startedAt), latenciesMs }
}

/** How long one row takes to be committed, by one caller. */
export async function oneRowCommits({ pool }: Bench, ms: number): Promise<number[]> {
  const latenciesMs: number[] = []
  const until = performance.now() + ms
  while (performance.now() < until) {
    const sentAt = performance.now()
    await pool.query({ name: 'one_row', text: 'insert into rows values (default)' })
    latenciesMs.push(performance.now() - sentAt)
  }
  return latenciesMs
}
