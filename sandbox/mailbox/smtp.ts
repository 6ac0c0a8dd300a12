// The SMTP side: takes mail for anybody, unless a fault says otherwise. Connections come through a door of our own, so that a
// server that is down cuts them before a word was said, as a dead one does.

import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { SMTPServer, type SMTPServerAddress, type SMTPServerSession } from 'smtp-server'
import type { Books } from './books.ts'
import type { MailFaults } from './faults.ts'

const MAIL_MAX_BYTES = 1024 * 1024

export interface SmtpDoor {
  readonly url: string
  setDown(down: boolean): void
  close(): Promise<void>
}

const refusal = (responseCode: number, words: string): Error =>
  Object.assign(new Error(words), { responseCode })

async function readAll(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of stream) {
    bytes += chunk.length
    // Read to its end all the same, or the server could not answer.
    if (bytes <= MAIL_MAX_BYTES) chunks.push(chunk)
  }
  if (bytes > MAIL_MAX_BYTES) throw refusal(552, '5.3.4 The message is too big')
  return Buffer.concat(chunks)
}

interface Deps {
  readonly books: Books
  readonly faults: MailFaults
  readonly closing: AbortSignal
}

/** The mail is in the box, and whoever sent it will not hear of that. */
class AnswerLost extends Error {}

async function take(
  deps: Deps,
  stream: AsyncIterable<Buffer>,
  session: SMTPServerSession,
): Promise<string> {
  const { books, faults, closing } = deps
  const { mailFrom, rcptTo } = session.envelope
  const to = rcptTo.map(({ address }) => address)
  const raw = await readAll(stream)
  const fault = faults.take(['delay', 'lose_answer'], to)
  if (fault?.kind === 'delay') await faults.delay(fault, closing)
  const from = mailFrom === false ? '' : mailFrom.address
  const { id } = await books.keep(raw, { from, to })
  if (fault?.kind === 'lose_answer') throw new AnswerLost()
  return `2.0.0 Kept as ${id}; this is a sandbox and nothing is delivered`
}

function onRecipient(faults: MailFaults, { address }: SMTPServerAddress): Error | undefined {
  const fault = faults.take(['greylist', 'reject'], [address])
  if (fault?.kind === 'greylist')
    return refusal(451, `4.7.1 <${address}> Greylisted, try again later`)
  if (fault?.kind === 'reject') return refusal(550, `5.1.1 <${address}> No such mailbox`)
  return undefined
}

function onSender(faults: MailFaults, { address }: SMTPServerAddress): Error | undefined {
  const fault = faults.take(['refuse_sender'], [address])
  return fault && refusal(553, `5.7.1 <${address}> Sender address rejected: not owned by you`)
}

/** Opens the server; resolves when it takes mail. */
export async function openSmtp(
  at: { readonly host: string; readonly port: number },
  deps: Deps,
): Promise<SmtpDoor> {
  const sockets = new Map<string, Socket>()
  const keyOf = (port: number | undefined): string => String(port)
  const server = new SMTPServer({
    ...{ logger: false, disableReverseLookup: true, size: MAIL_MAX_BYTES },
    banner: 'Rialto sandbox mailbox',
    disabledCommands: ['AUTH', 'STARTTLS'],
    onMailFrom: (address, _session, done) => done(onSender(deps.faults, address)),
    onRcptTo: (address, _session, done) => done(onRecipient(deps.faults, address)),
    onData(stream, session, done) {
      take(deps, stream, session).then(
        (answer) => done(null, answer),
        (error: Error) => {
          if (error instanceof AnswerLost) sockets.get(keyOf(session.remotePort))?.resetAndDestroy()
          else done(error)
        },
      )
    },
  })
  // A client that goes away in the middle is its own affair.
  server.on('error', () => undefined)
  let isDown = false
  const door = createServer((socket) => {
    if (isDown) {
      socket.resetAndDestroy()
      return
    }
    const key = keyOf(socket.remotePort)
    sockets.set(key, socket)
    socket.once('close', () => sockets.delete(key))
    socket.on('error', () => undefined)
    server.server.emit('connection', socket)
  })
  const cutAll = (): void => {
    for (const socket of sockets.values()) socket.resetAndDestroy()
  }
  door.listen(at.port, at.host)
  await once(door, 'listening')
  const { port } = door.address() as AddressInfo
  return {
    url: `smtp://${at.host}:${port}`,
    setDown(down) {
      isDown = down
      if (down) cutAll()
    },
    async close() {
      const closed = new Promise<void>((resolve) => door.close(() => resolve()))
      cutAll()
      await closed
    },
  }
}
