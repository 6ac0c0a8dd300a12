// Mail over pooled SMTP connections. A definite no (5xx about this message) is final; everything else says nothing about the
// message and is tried again. Connections close when they have been idle, so there is nothing to give back.

import { createTransport } from 'nodemailer'
import MailComposer from 'nodemailer/lib/mail-composer'
import { type Outcome, withoutAddresses } from './outcome.ts'

export interface SmtpOptions {
  /** `smtp://user:password@host:port`, or `smtps://`. */
  readonly url: string
  /** Who writes: `Rialto <no-reply@rialto.example>`. */
  readonly from: string
  readonly timeoutMs: number
  readonly connections: number
}

export interface Mail {
  readonly messageId: string
  readonly to: { readonly name: string; readonly address: string }
  readonly locale: string
  readonly subject: string
  readonly html: string
  readonly text: string
  readonly atMs: number
}

export interface Mailer {
  /** `code` is the server's, for the living diagram. */
  send(mail: Mail): Promise<Outcome & { readonly code: string }>
}

const IDLE_MS = 10_000
/** The server will not talk to us, or takes nothing from our address: about us, and no message's end. */
const BEFORE_THE_MESSAGE = new Set(['CONN', 'EHLO', 'MAIL FROM'])
/** About the account with which we send, not about the message: 530 to 538. */
const isAboutUs = (code: number): boolean => code >= 530 && code <= 538
const TIMEOUTS = new Set(['ETIMEDOUT', 'EABORT'])

function outcomeOfError(error: unknown): Outcome & { code: string } {
  const { code, responseCode, response, message, command } = error as {
    code?: string
    responseCode?: number
    response?: string
    message?: string
    command?: string
  }
  const answer = withoutAddresses(response ?? message ?? String(error))
  if (responseCode !== undefined && responseCode >= 500 && !isAboutUs(responseCode)) {
    // 503 says that the session was in the wrong state, 554 as a greeting that we may not talk at all.
    if (responseCode !== 503 && !BEFORE_THE_MESSAGE.has(command ?? ''))
      return { kind: 'failed', reason: 'rejected', answer, code: String(responseCode) }
  }
  // Nothing was said to a server yet: an address that is none will not become one.
  if (code === 'EENVELOPE' && responseCode === undefined)
    return { kind: 'failed', reason: 'rejected', answer, code: 'EENVELOPE' }
  const said = TIMEOUTS.has(code ?? '') ? 'timeout' : (responseCode?.toString() ?? 'unreachable')
  return { kind: 'later', answer, code: said }
}

const domainOf = (from: string): string => /@([^\s<>]+)/.exec(from)?.[1] ?? 'localhost'

export function openSmtp(options: SmtpOptions): Mailer {
  const { url, from, timeoutMs, connections } = options
  const domain = domainOf(from)
  const transport = createTransport({
    url,
    pool: true,
    maxConnections: connections,
    maxMessages: 1_000,
    // A connection that the server dropped while it was idle is replaced once; more is the schedule's business.
    maxRequeues: 1,
    idleTimeout: IDLE_MS,
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  // A pooled connection that breaks while idle is nobody's failure.
  transport.on('error', () => undefined)
  return {
    async send(mail) {
      const { messageId, to, subject, html, text, locale, atMs } = mail
      try {
        const composed = new MailComposer({
          ...{ from, to, subject, html, text },
          messageId: `<${messageId}@${domain}>`,
          date: new Date(atMs),
          headers: { 'Auto-Submitted': 'auto-generated', 'Content-Language': locale },
        }).compile()
        // Built before it is sent: a mail that is written while it is composed leaves in a dozen packets.
        const raw = await composed.build()
        const { response } = await transport.sendMail({
          ...{ raw, envelope: composed.getEnvelope() },
          signal: AbortSignal.timeout(timeoutMs),
        })
        return { kind: 'sent', answer: withoutAddresses(response), code: response.slice(0, 3) }
      } catch (error) {
        return outcomeOfError(error)
      }
    },
  }
}
