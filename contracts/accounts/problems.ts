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
  unknown_user: [404, 'There is no such user', 'Check the id.'],
})
