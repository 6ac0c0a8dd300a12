// What is wrong with a caller's token. Few codes: a client must know whether to log in, to refresh
// or to stop, and a person whether it was somebody's doing. Whoever sends none is told `kernel.unauthenticated`.

import { problems } from '../pure/problem.ts'

export const authProblems = problems('auth', {
  token_invalid: [401, 'The access token is not valid', 'Sign in again.'],
  token_expired: [401, 'The access token has expired', 'Refresh it, then repeat the request.'],
  session_ended: [
    401,
    'The session was ended',
    'Sign in again. It was ended by a log-out, a new password, many later log-ins, or because a token of it was used twice.',
  ],
  token_foreign: [
    401,
    'The access token is not for this platform',
    'Use a token that this platform issued for this interface.',
  ],
})
