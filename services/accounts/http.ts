import type { AnyRoute } from '@rialto/kernel/pure/contract.ts'
import type { Feature } from '@rialto/kernel/service/feature.ts'
import { logIn } from './features/log-in.ts'
import { register } from './features/register-user.ts'
import { showKeys } from './features/show-keys.ts'
import { showMe, showUser } from './features/show-user.ts'

export const features: Feature<AnyRoute>[] = [register, logIn, showMe, showUser, showKeys]
