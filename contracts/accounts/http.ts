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
  /** Whoever reads the mailbox has said so. */
  email_verified: Type.Boolean(),
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

/** What a session gives its client. The refresh token is for one use: each answer brings the next. */
const Tokens = closed({
  access_token: Type.String(),
  token_type: Type.Literal('Bearer'),
  expires_in: Type.Integer({ description: 'Seconds until the access token ends.' }),
  refresh_token: Type.String(),
  session_expires_at: instant,
  user: User,
})

export const logIn = route({
  name: 'logIn',
  service: 'accounts',
  method: 'POST',
  path: '/users/login',
  summary: 'Begins a session: exchanges e-mail and password for its tokens.',
  access: 'public',
  body: closed({ email, password }),
  replies: { 200: Tokens },
  problems: [accountProblems.wrong_credentials, accountProblems.too_many_attempts],
})

/**
 * Within 20 s of its use a token may be used again, by a second tab or after a lost answer, and gives the same next token. Used
 * later it is in two hands, and the session ends.
 */
export const refreshSession = route({
  name: 'refreshSession',
  service: 'accounts',
  method: 'POST',
  path: '/users/refresh',
  summary: 'Goes on with a session: exchanges its refresh token for the next tokens.',
  access: 'public',
  body: closed({ refresh_token: Type.String({ minLength: 1, maxLength: 200 }) }),
  replies: { 200: Tokens },
  problems: [
    accountProblems.refresh_invalid,
    accountProblems.refresh_reused,
    accountProblems.session_ended,
    accountProblems.too_many_attempts,
  ],
})

const PEOPLE = ['customer', 'operator', 'developer'] as const

export const logOut = route({
  name: 'logOut',
  service: 'accounts',
  method: 'POST',
  path: '/users/logout',
  summary:
    'Ends this session, or every session of the account. Refresh tokens end at once, access tokens when the gateway hears of it: after ten minutes at the latest.',
  access: PEOPLE,
  body: closed({ everywhere: Type.Optional(Type.Boolean()) }),
  replies: { 204: Type.Null() },
})

export const requestEmailVerification = route({
  name: 'requestEmailVerification',
  service: 'accounts',
  method: 'POST',
  path: '/users/email/verification',
  summary: 'Sends the link that verifies the account’s e-mail address once more.',
  access: PEOPLE,
  replies: { 202: closed({}) },
  problems: [
    accountProblems.email_verified_already,
    accountProblems.unknown_user,
    accountProblems.too_many_attempts,
  ],
})

const linkToken = Type.String({ minLength: 1, maxLength: 200 })
const linkProblems = [
  accountProblems.link_invalid,
  accountProblems.link_expired,
  accountProblems.too_many_attempts,
]

export const verifyEmail = route({
  name: 'verifyEmail',
  service: 'accounts',
  method: 'POST',
  path: '/users/email/verify',
  summary:
    'Verifies an e-mail address with the token of the mailed link; a second time changes nothing.',
  access: 'public',
  body: closed({ token: linkToken }),
  replies: { 200: closed({ email_verified: Type.Literal(true) }) },
  problems: linkProblems,
})

export const requestPasswordReset = route({
  name: 'requestPasswordReset',
  service: 'accounts',
  method: 'POST',
  path: '/users/password/reset',
  summary:
    'Sends a link to set a new password, if the address has an account; the answer does not tell.',
  access: 'public',
  body: closed({ email }),
  replies: { 202: closed({}) },
  problems: [accountProblems.too_many_attempts],
})

/** Takes no Idempotency-Key: the kept hash of its body would be one of a password. A second time its token is not valid. */
export const resetPassword = route({
  name: 'resetPassword',
  service: 'accounts',
  method: 'POST',
  path: '/users/password',
  summary: 'Sets a new password with the token of the mailed link, and ends every session.',
  access: 'public',
  body: closed({ token: linkToken, password }),
  replies: { 204: Type.Null() },
  problems: [...linkProblems, accountProblems.weak_password],
})

/** Asked when the mail is sent: no event and no row ever holds the secret. */
export const issueLink = route({
  name: 'issueLink',
  service: 'accounts',
  method: 'POST',
  path: '/internal/users/:user_id/links',
  summary: 'The secret of a link to be mailed to a user.',
  access: 'internal',
  params: closed({ user_id: id('usr') }),
  body: closed({ purpose: oneOf('verify_email', 'reset_password') }),
  replies: { 200: closed({ token: Type.String(), expires_at: instant }) },
  problems: [accountProblems.unknown_user],
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
