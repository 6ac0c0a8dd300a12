import { route } from '@rialto/kernel/pure/contract.ts'
import Type from 'typebox'
import { closed, email, id, instant, oneOf, region, shortText } from '../shapes/fields.ts'
import { accountProblems } from './problems.ts'

export const User = closed({
  user_id: id('usr'),
  email,
  display_name: shortText,
  region,
  locale: oneOf('ru', 'en'),
  tier: oneOf('standard', 'plus'),
  roles: Type.Array(oneOf('customer', 'operator', 'developer')),
  created_at: instant,
})

const password = Type.String({ minLength: 1, maxLength: 200 })

/**
 * Takes no Idempotency-Key, other than every other POST that creates something: the kept answer would hold the e-mail address in
 * plain text, and the kept hash of the body a password that can be guessed at. An address is taken only once anyway, so a
 * repeated request finds `email_taken` and logs in.
 */
export const registerUser = route({
  name: 'registerUser',
  service: 'accounts',
  method: 'POST',
  path: '/users/register',
  summary: 'Opens an account.',
  access: 'public',
  body: closed({
    email,
    password,
    display_name: shortText,
    region: Type.Optional(region),
    locale: Type.Optional(oneOf('ru', 'en')),
  }),
  replies: { 201: User },
  problems: [
    accountProblems.email_taken,
    accountProblems.weak_password,
    accountProblems.too_many_attempts,
  ],
})

export const logIn = route({
  name: 'logIn',
  service: 'accounts',
  method: 'POST',
  path: '/users/login',
  summary: 'Exchanges e-mail and password for a short access token.',
  access: 'public',
  body: closed({ email, password }),
  replies: {
    200: closed({
      access_token: Type.String(),
      token_type: Type.Literal('Bearer'),
      expires_in: Type.Integer({ description: 'Seconds.' }),
      user: User,
    }),
  },
  problems: [accountProblems.wrong_credentials, accountProblems.too_many_attempts],
})

export const getMe = route({
  name: 'getMe',
  service: 'accounts',
  method: 'GET',
  path: '/users/me',
  summary: 'The account of the caller.',
  access: ['customer', 'operator', 'developer'],
  replies: { 200: User },
  problems: [accountProblems.unknown_user],
})

export const getUser = route({
  name: 'getUser',
  service: 'accounts',
  method: 'GET',
  path: '/internal/users/:user_id',
  summary: 'A user, for other services.',
  access: 'internal',
  params: closed({ user_id: id('usr') }),
  replies: { 200: User },
  problems: [accountProblems.unknown_user],
})

/** The public keys that verify access tokens (RFC 7517). */
export const getJwks = route({
  name: 'getJwks',
  service: 'accounts',
  method: 'GET',
  path: '/.well-known/jwks.json',
  summary: 'Public keys of access tokens.',
  access: 'public',
  replies: { 200: Type.Object({ keys: Type.Array(Type.Object({})) }) },
})
