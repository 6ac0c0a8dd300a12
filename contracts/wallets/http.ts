import { route } from '@rialto/kernel/pure/contract.ts'
import Type, { type Static } from 'typebox'
import { closed, currency, id, instant, oneOf } from '../shapes/fields.ts'
import { walletProblems } from './problems.ts'

export const accountKind = oneOf(
  'wallet',
  'transit',
  'clearing',
  'revenue',
  'developer_payable',
  'certificate_liability',
  'tax',
  'unapplied',
)
export type AccountKind = Static<typeof accountKind>

/** `acc_…`, or `<kind>:<owner>` such as `clearing:yookassa`; accounts other than wallets are opened by their first posting. */
export const accountName = Type.String({
  pattern:
    '^(acc_[0-9a-hjkmnp-tv-z]{26}|(wallet|transit|clearing|revenue|developer_payable|certificate_liability|tax|unapplied):[A-Za-z0-9_.-]{1,64})$',
})
const MAX = Number.MAX_SAFE_INTEGER
/** Minor units: what an account gets is positive, what it gives negative. */
const signedAmount = Type.Integer({ minimum: -MAX, maximum: MAX })
const postingKey = Type.String({ pattern: '^[A-Za-z0-9_.:-]{1,200}$' })

export const Account = closed({
  account_id: id('acc'),
  kind: accountKind,
  owner: Type.String(),
  currency,
  balance: signedAmount,
  /** Absent: unbounded. */
  min_balance: Type.Optional(signedAmount),
  state: oneOf('active', 'inactive', 'closed'),
  version: Type.Integer(),
  opened_at: instant,
})

export const postToLedger = route({
  name: 'postToLedger',
  service: 'wallets',
  method: 'POST',
  path: '/internal/ledger/postings',
  summary: 'Moves money between accounts in one step, once for its key.',
  access: 'internal',
  body: closed({
    key: postingKey,
    kind: Type.String({ pattern: '^[a-z_]{1,40}$' }),
    reference: postingKey,
    legs: Type.Array(
      closed({
        account: accountName,
        currency,
        amount: Type.Union([
          Type.Integer({ minimum: -MAX, maximum: -1 }),
          Type.Integer({ minimum: 1, maximum: MAX }),
        ]),
      }),
      { minItems: 2, maxItems: 100 },
    ),
  }),
  replies: {
    201: closed({
      posting_id: id('pst'),
      /** The posting was made before, under the same key; the balances are of that time. */
      repeated: Type.Boolean(),
      legs: Type.Array(closed({ balance: signedAmount, version: Type.Integer() })),
    }),
  },
  problems: [
    walletProblems.unbalanced,
    walletProblems.unknown_account,
    walletProblems.insufficient_funds,
    walletProblems.account_inactive,
    walletProblems.currency_mismatch,
    walletProblems.key_reused,
  ],
})

export const readAccount = route({
  name: 'readAccount',
  service: 'wallets',
  method: 'GET',
  path: '/internal/ledger/accounts/:account_id',
  summary: 'An account of the ledger, for other services.',
  access: 'internal',
  params: closed({ account_id: id('acc') }),
  replies: { 200: Account },
  problems: [walletProblems.unknown_account],
})

export const readBalance = route({
  name: 'readBalance',
  service: 'wallets',
  method: 'GET',
  path: '/internal/ledger/balance',
  summary: 'What an account holds, by its name, for other services.',
  access: 'internal',
  query: closed({ account: accountName, currency }),
  replies: {
    200: closed({ account_id: id('acc'), balance: signedAmount, version: Type.Integer() }),
  },
  problems: [walletProblems.unknown_account],
})

export const readTrialBalance = route({
  name: 'readTrialBalance',
  service: 'wallets',
  method: 'GET',
  path: '/admin/ledger/trial-balance',
  summary: 'What each kind of account holds; in a sound ledger each currency sums to zero.',
  access: ['operator'],
  replies: {
    200: closed({
      rows: Type.Array(
        closed({
          kind: accountKind,
          currency,
          accounts: Type.Integer(),
          debit: signedAmount,
          credit: signedAmount,
          balance: signedAmount,
        }),
      ),
      totals: Type.Array(closed({ currency, balance: signedAmount })),
      balanced: Type.Boolean(),
      taken_at: instant,
    }),
  },
})
