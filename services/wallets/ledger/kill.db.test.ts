import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type Book, openBook, posting } from './book.fixture.ts'
import { verifyLedger } from './verify.ts'

const ROUNDS = process.env.PROOF === 'full' ? 20 : 3

interface Acked {
  readonly key: string
  readonly from: bigint
  readonly to: bigint
}

/** Lets a process post and kills it while it does; answers what it had been told. */
async function killedAfter(book: Book, run: { name: string; acks: number; accounts: bigint[] }) {
  const program = fileURLToPath(new URL('./posting-loop.fixture.ts', import.meta.url))
  const words = [book.db.url, run.name, ...run.accounts.map(String)]
  const child = spawn(process.execPath, [program, ...words], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  const acked: Acked[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    const [key, from, to] = line.split(' ')
    // The last line may be cut; it was not acknowledged whole.
    if (to !== undefined && run.accounts.includes(BigInt(to)))
      acked.push({ key: key as string, from: BigInt(from as string), to: BigInt(to) })
    if (acked.length === run.acks) child.kill('SIGKILL')
  }
  const [, signal] = await exited
  assert.equal(signal, 'SIGKILL')
  return acked
}

test('ledger – a process killed while it posts – has posted whatever it was told, and the book holds', async (t) => {
  const book = await openBook(t)
  const accounts: bigint[] = []
  for (let i = 0; i < 6; i++) accounts.push(await book.open({ fundsMinor: 1_000_000n }))
  for (let round = 1; round <= ROUNDS; round++) {
    const acked = await killedAfter(book, { name: `round${round}`, acks: 150 * round, accounts })
    assert.ok(acked.length >= 150 * round)
    const again = await Promise.all(
      acked.map(({ key, from, to }) =>
        book.ledger.post({
          posting: posting(key, [
            [from, -1],
            [to, 1],
          ]),
        }),
      ),
    )
    assert.deepEqual(
      again.filter((posted) => posted.outcome !== 'ok' || !posted.repeated),
      [],
    )
    const verdict = await verifyLedger(book.pool)
    assert.deepEqual(
      verdict.checks.filter((check) => check.wrong > 0),
      [],
    )
    assert.ok(verdict.postings >= acked.length)
  }
})
