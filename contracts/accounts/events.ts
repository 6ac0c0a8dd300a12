import { event } from '@rialto/kernel/pure/contract.ts'
import Type from 'typebox'
import { id, instant, oneOf, open, region } from '../shapes/fields.ts'

export const UserRegistered = event({
  type: 'user.registered',
  source: 'accounts',
  key: 'user_id',
  summary: 'A person opened an account.',
  data: open({ user_id: id('usr'), region, registered_at: instant }),
})

/** Whoever remembers tokens forgets those of these sessions. Many are told of in several events. */
export const UserSessionEnded = event({
  type: 'user.session.ended',
  source: 'accounts',
  key: 'user_id',
  summary: 'Sessions of a person were ended before their time.',
  data: open({
    user_id: id('usr'),
    session_ids: Type.Array(id('ses')),
    reason: oneOf(
      'logged_out',
      'logged_out_everywhere',
      'refresh_reused',
      'password_reset',
      'too_many',
    ),
    ended_at: instant,
  }),
})

/** The link itself is asked of accounts when the mail is sent: an event has too many readers for a secret. */
export const UserLinkRequested = event({
  type: 'user.link.requested',
  source: 'accounts',
  key: 'user_id',
  summary: 'A person is to be mailed a link.',
  data: open({
    user_id: id('usr'),
    purpose: oneOf('verify_email', 'reset_password'),
    requested_at: instant,
  }),
})
