// What is wrong with a caller's token. Three codes and no more: a client must know whether to
// log in, to refresh or to stop. Whoever sends none is told `kernel.unauthenticated`.

import { problems } from '../pure/problem.ts'

export const authProblems = problems('auth', {
  token_invalid: [401, 'The access token is not valid', 'Sign in again.'],
  token_expired: [401, 'The access token has expired', 'Refresh it, then repeat the request.'],
  token_foreign: [
    401,
    'The access token is not for this platform',
    'Use a token that this platform issued for this interface.',
  ],
})
