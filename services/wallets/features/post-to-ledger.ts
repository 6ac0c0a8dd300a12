import { postToLedger } from '@rialto/contracts/wallets/http.ts'
import { walletProblems } from '@rialto/contracts/wallets/problems.ts'
import type { Body } from '@rialto/kernel/pure/contract.ts'
import { encodeUuid } from '@rialto/kernel/pure/ids.ts'
import { fromJsonMinor, toJsonMinor } from '@rialto/kernel/pure/money.ts'
import { Problem, type ProblemKind } from '@rialto/kernel/pure/problem.ts'
import { batched, reply } from '@rialto/kernel/service/feature.ts'
import type { Parts } from '../config.ts'
import { nameFrom } from '../domain/accounts.ts'
import { digestOf, flawOf, type Leg, type Posted, type Refusal } from '../domain/posting.ts'
import type { AccountIds } from '../ledger/accounts.ts'

type Asked = Body<typeof postToLedger>

const PROBLEM_OF: Readonly<Record<Refusal, ProblemKind>> = {
  insufficient_funds: walletProblems.insufficient_funds,
  inactive: walletProblems.account_inactive,
  unknown_account: walletProblems.unknown_account,
  currency_mismatch: walletProblems.currency_mismatch,
  conflict: walletProblems.key_reused,
}

async function legsOf(asked: Asked, accounts: AccountIds): Promise<Leg[]> {
  const isNumbered = (account: string): boolean => account.startsWith('acc_')
  const numbered = asked.legs.filter((leg) => isNumbered(leg.account))
  const named = asked.legs.filter((leg) => !isNumbered(leg.account))
  const [byNumber, byName] = await Promise.all([
    accounts.numbered(numbered.map((leg) => leg.account)),
    accounts.named(named.map((leg) => nameFrom(leg.account, leg.currency))),
  ])
  return asked.legs.map((leg) => ({
    account: (isNumbered(leg.account) ? byNumber.shift() : byName.shift()) as bigint,
    currency: leg.currency,
    amountMinor: fromJsonMinor(leg.amount),
  }))
}

const requestText = ({ kind, reference, legs }: Asked): string =>
  JSON.stringify([kind, reference, legs.map((leg) => [leg.account, leg.currency, leg.amount])])

function refusal(posted: Exclude<Posted, { outcome: 'ok' }>, asked: Asked): Problem {
  const { outcome, refusedLeg, repeated } = posted
  const leg = refusedLeg === undefined ? undefined : asked.legs[refusedLeg - 1]
  return new Problem(PROBLEM_OF[outcome], {
    ...(leg === undefined ? {} : { detail: `${PROBLEM_OF[outcome].title}: ${leg.account}` }),
    facts: { key: asked.key, repeated, ...(leg === undefined ? {} : { leg: refusedLeg }) },
  })
}

/** Its own key makes it once, so it takes no Idempotency-Key; its transaction is the batch's. */
export const postPosting = batched<typeof postToLedger, {}, Parts>(
  postToLedger,
  async ({ input, parts, ctx }) => {
    const { body } = input
    const { key, kind, reference } = body
    const unsettled = body.legs.map((leg) => ({
      ...{ account: 0n, currency: leg.currency, amountMinor: fromJsonMinor(leg.amount) },
    }))
    // Before accounts are opened for it.
    const flaw = flawOf({ key, kind, reference, legs: unsettled })
    if (flaw !== undefined) throw new Problem(walletProblems.unbalanced, { detail: flaw })
    const posted = await parts.ledger.post({
      posting: {
        id: ctx.env.ids.uuid(),
        requestHash: digestOf(requestText(body)),
        legs: await legsOf(body, parts.ledger.accounts),
        ...{ key, kind, reference },
      },
    })
    if (posted.outcome !== 'ok') throw refusal(posted, body)
    return reply(201, {
      posting_id: `pst_${encodeUuid(posted.postingId)}`,
      repeated: posted.repeated,
      legs: posted.legs.map(({ balanceMinor, version }) => ({
        balance: toJsonMinor(balanceMinor),
        version,
      })),
    })
  },
)
