// A process that posts until it is killed and says of each posting that it was acknowledged. Run by kill.db.test.ts with the
// database's address, a name for its keys and the accounts to move money between.

import { writeSync } from 'node:fs'
import { openPool } from '@rialto/kernel/db/pool.ts'
import { systemClock } from '@rialto/kernel/host/clock.ts'
import { systemIds } from '@rialto/kernel/host/ids.ts'
import { silentLog } from '@rialto/kernel/observability/log.ts'
import { posting } from './book.fixture.ts'
import { openLedger } from './ledger.ts'

const CALLERS = 16
/** The worst that can be left behind when nobody kills it. */
const LIFETIME_MS = 60_000

const [url = '', name = '', ...numbers] = process.argv.slice(2)
const accounts = numbers.map(BigInt)
const env = {
  ...{ clock: systemClock, ids: systemIds(systemClock), log: silentLog },
  recorder: { record: () => undefined },
}
const pool = openPool({ url, applicationName: 'posting-loop', role: 'rialto_wallets' })
const ledger = openLedger({ pool, env })
setTimeout(() => process.exit(3), LIFETIME_MS).unref()

let count = 0
async function caller(): Promise<never> {
  for (;;) {
    count += 1
    const key = `${name}:${count}`
    const from = accounts[count % accounts.length] as bigint
    const to = accounts[(count + 1 + (count % 3)) % accounts.length] as bigint
    const made = posting(key, [
      [from, -1],
      [to, 1],
    ])
    await ledger.post({ posting: { ...made, id: env.ids.uuid() } })
    // To the pipe at once: what the parent reads was said before the kill.
    writeSync(1, `${key} ${from} ${to}\n`)
  }
}
await Promise.all(Array.from({ length: CALLERS }, caller))
