import { problems } from '@rialto/kernel/pure/problem.ts'

export const walletProblems = problems('wallets', {
  unbalanced: [
    400,
    'The legs do not sum to zero',
    'Correct the legs: what leaves one account must reach another, in each currency.',
  ],
  unknown_account: [404, 'There is no such account', 'Check the account’s id or name.'],
  insufficient_funds: [
    409,
    'Not enough money in the account',
    'Add funds or choose another way to pay, with a new key.',
  ],
  account_inactive: [
    409,
    'The account takes no postings',
    'Have it activated, then send it again with a new key.',
  ],
  currency_mismatch: [
    409,
    'The account is kept in another currency',
    'Use the account of this currency, with a new key.',
  ],
  key_reused: [
    422,
    'This key belongs to another posting',
    'Repeat a posting with exactly the same content, or make a new key.',
    'safe',
  ],
})
