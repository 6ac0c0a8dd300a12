import type { AnyRoute } from '@rialto/kernel/pure/contract.ts'
import type { Feature } from '@rialto/kernel/service/feature.ts'
import { logOut } from './features/end-sessions.ts'
import { issueLink } from './features/issue-link.ts'
import { logIn } from './features/log-in.ts'
import { refreshSession } from './features/refresh-session.ts'
import { register } from './features/register-user.ts'
import { requestPasswordReset, resetPassword } from './features/reset-password.ts'
import { showKeys } from './features/show-keys.ts'
import { showMe, showUser } from './features/show-user.ts'
import { requestEmailVerification, verifyEmail } from './features/verify-email.ts'

export const features: Feature<AnyRoute>[] = [
  ...[register, logIn, refreshSession, logOut],
  ...[requestEmailVerification, verifyEmail, requestPasswordReset, resetPassword],
  ...[showMe, showUser, showKeys, issueLink],
]
