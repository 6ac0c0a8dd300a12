import { problems } from '@rialto/kernel/pure/problem.ts'

export const accountProblems = problems('accounts', {
  email_taken: [
    409,
    'This e-mail address has an account already',
    'Log in, or use another address.',
  ],
  wrong_credentials: [401, 'E-mail or password is wrong', 'Check both and try again.'],
  weak_password: [
    400,
    'The password is too weak',
    'Use at least 10 characters that are not a known password.',
  ],
  too_many_attempts: [429, 'Too many attempts', 'Wait and try again.'],
  refresh_invalid: [401, 'The refresh token is not valid', 'Log in again.'],
  refresh_reused: [
    401,
    'The refresh token was used before',
    'It may be in other hands, so the session was ended. Log in again; set a new password if it was not you.',
  ],
  session_ended: [401, 'The session has ended', 'Log in again.'],
  link_invalid: [
    400,
    'The link is not valid, or was used already',
    'Ask for a new one, and use the latest mail.',
  ],
  link_expired: [400, 'The link has expired', 'Ask for a new one.'],
  email_verified_already: [
    409,
    'The e-mail address is verified already',
    'There is nothing to do.',
  ],
  unknown_user: [404, 'There is no such user', 'Check the id.'],
})
