// Settings of the fiscal register, parsed once at start. Either all that a register needs is set or nothing is; the second means
// that receipts wait, with an alert each time they are tried in vain.

import { BadSettings, duration, parseSettings, secret } from '@rialto/kernel/config/settings.ts'
import type { Clock } from '@rialto/kernel/pure/time.ts'
import Type from 'typebox'
import type { Register } from '../domain/fiscal-register.ts'
import { noRegister, openAtol } from './atol.ts'

const text = (description: string) => Type.Optional(Type.String({ minLength: 1, description }))

export const settings = Type.Object({
  ATOL_URL: Type.Optional(
    Type.String({
      pattern: '^https?://',
      description: 'address of the fiscal register, such as https://online.atol.ru',
    }),
  ),
  ATOL_LOGIN: text('login at the register'),
  ATOL_PASSWORD: Type.Optional(secret({ description: 'password at the register' })),
  ATOL_GROUP: text('group code of the register'),
  ATOL_CALLBACK_URL: Type.Optional(
    Type.String({
      pattern: '^https?://',
      maxLength: 256,
      description: 'our /webhooks/atol as the register reaches it; absent: as its account says',
    }),
  ),
  ATOL_TIMEOUT: duration({
    default: '10s',
    description: 'how long the register may take to answer before the outcome counts as unknown',
  }),
  COMPANY_EMAIL: Type.Optional(
    Type.String({
      pattern: '^[^\\s@]+@[^\\s@]+$',
      maxLength: 64,
      description: 'the seller’s address on receipts',
    }),
  ),
  COMPANY_INN: Type.Optional(
    Type.String({ pattern: '^(\\d{10}|\\d{12})$', description: 'the seller’s tax number' }),
  ),
  COMPANY_SNO: Type.Unsafe<string>({
    type: 'string',
    enum: ['osn', 'usn_income', 'usn_income_outcome', 'envd', 'esn', 'patent'],
    default: 'osn',
    description: 'how the seller is taxed',
  }),
  COMPANY_SITE: Type.Optional(
    Type.String({ minLength: 1, maxLength: 256, description: 'address of the shop on receipts' }),
  ),
})

const REQUIRED = [
  ...(['ATOL_URL', 'ATOL_LOGIN', 'ATOL_PASSWORD', 'ATOL_GROUP'] as const),
  ...(['COMPANY_EMAIL', 'COMPANY_INN', 'COMPANY_SITE'] as const),
]

export interface Fiscal {
  readonly register: Register
  /** Gets the receipts of buyers who are gone, or whose own address the register does not take. */
  readonly companyEmail: string
}

/** Opens the register that the settings name. */
export function openFiscal(
  env: Readonly<Record<string, string | undefined>>,
  clock: Clock,
): Fiscal {
  const s = parseSettings(settings, env)
  if (s.ATOL_URL === undefined) return { register: noRegister, companyEmail: '' }
  const absent = REQUIRED.filter((name) => s[name] === undefined)
  if (absent.length > 0)
    throw new BadSettings(
      absent.map((name) => `${name}: got nothing, expected a value because ATOL_URL is set`),
    )
  const [email = '', inn = '', site = ''] = [s.COMPANY_EMAIL, s.COMPANY_INN, s.COMPANY_SITE]
  const register = openAtol({
    ...{ url: s.ATOL_URL, login: s.ATOL_LOGIN ?? '', password: s.ATOL_PASSWORD ?? '' },
    ...{ group: s.ATOL_GROUP ?? '', timeoutMs: s.ATOL_TIMEOUT, callbackUrl: s.ATOL_CALLBACK_URL },
    ...{ clock, company: { email, inn, site, sno: s.COMPANY_SNO } },
  })
  return { register, companyEmail: email }
}
