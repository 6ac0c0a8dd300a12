// What is wrong with a caller's token. Four codes and no more: a client must know whether to log
// in, to refresh or to stop.

import { problems } from '../pure/problem.ts'

export const authProblems = problems('auth', {
  token_missing: [401, 'Sign in first', 'Send an access token in the Authorization header.'],
  token_invalid: [401, 'The access token is not valid', 'Sign in again.'],
  token_expired: [401, 'The access token has expired', 'Refresh it, then repeat the request.'],
  token_foreign: [
    401,
    'The access token is not for this platform',
    'Use a token that this platform issued for this interface.',
  ],
})
