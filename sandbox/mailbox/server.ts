// Opens a mailbox of our own: an SMTP server that takes mail for anybody and delivers none, its page under /mailbox and the
// control interface under /sandbox.

import type { Clock } from '@rialto/kernel/pure/time.ts'
import fastify, { type FastifyInstance } from 'fastify'
import { Books } from './books.ts'
import { type MailboxControl, openControl } from './control.ts'
import { MailFaults } from './faults.ts'
import { registerControl } from './http/control.ts'
import { registerPage } from './http/page.ts'
import { openSmtp } from './smtp.ts'

export interface MailboxOptions {
  readonly clock: Clock
  readonly host?: string
  /** Of the pages; 0, the default, takes any free port. */
  readonly port?: number
  readonly smtpPort?: number
  /** File that keeps the mails over a kill of this process. Without it they live in memory. */
  readonly journal?: string
  /** How many mails are kept, the newest. */
  readonly keptMax?: number
}

export interface Mailbox {
  /** Origin of the pages; people read the mails at `${url}/mailbox`. */
  readonly url: string
  readonly smtpUrl: string
  readonly control: MailboxControl
  close(): Promise<void>
}

function mount(app: FastifyInstance, prefix: string, fill: (part: FastifyInstance) => void): void {
  void app.register(
    (part, _options, done) => {
      fill(part)
      done()
    },
    { prefix },
  )
}

/** Opens the sandbox; resolves when it takes mail. */
export async function openMailbox(options: MailboxOptions): Promise<Mailbox> {
  const { clock, journal, host = '127.0.0.1' } = options
  const closing = new AbortController()
  const books = new Books({ clock, journal, keptMax: options.keptMax })
  const faults = new MailFaults()
  const deps = { books, faults, closing: closing.signal }
  const smtp = await openSmtp({ host, port: options.smtpPort ?? 0 }, deps)
  const control = openControl(books, faults, smtp.setDown)
  const app = fastify({ exposeHeadRoutes: false, forceCloseConnections: true })
  mount(app, '/', (page) => registerPage(page, control))
  mount(app, '/sandbox', (wires) => registerControl(wires, control))
  let closed: Promise<void> | undefined
  const close = (): Promise<void> => {
    closing.abort()
    closed ??= Promise.all([smtp.close(), app.close()]).then(() => books.close())
    return closed
  }
  try {
    const url = await app.listen({ host, port: options.port ?? 0 })
    return { url, smtpUrl: smtp.url, control, close }
  } catch (error) {
    await close()
    throw error
  }
}
