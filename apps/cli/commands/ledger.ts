import { verifyLedger } from '@rialto/wallets/ledger/verify.ts'
import { type Command, jsonLine, print, runVerb, type Values } from '../command.ts'
import { asOperator } from '../operator.ts'

async function verify({ json }: Values): Promise<boolean> {
  const verdict = await asOperator(({ pool }) => verifyLedger(pool))
  if (json === true) {
    print(jsonLine(verdict))
    return verdict.holds
  }
  for (const { name, seen, wrong, examples } of verdict.checks) {
    print(`${wrong === 0 ? '   ok' : 'WRONG'}  ${name} (${seen} looked at)\n`)
    if (wrong > 0) print(`       ${wrong} found: ${examples.join('; ')}\n`)
  }
  const { accounts, postings, refused, entries, holds } = verdict
  print(
    `${accounts} accounts, ${postings} postings (${refused} refused), ${entries} entries: ${holds ? 'the ledger holds' : 'THE LEDGER DOES NOT HOLD'}\n`,
  )
  return holds
}

export const ledger: Command = {
  name: 'ledger',
  usage: 'ledger verify [--json]',
  summary: 'checks every posting, chain and balance of the book',
  run: (words) => runVerb(words, { verify: { run: verify } }),
}
