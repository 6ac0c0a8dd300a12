// The mailbox in a process of its own. Prints {"ready":true,"url":…,"smtp_url":…} when it takes mail; SIGTERM and SIGINT end it.

import { systemClock } from '@rialto/kernel/host/clock.ts'
import { openMailbox } from './server.ts'

function portOf(name: string): number {
  const text = process.env[name] ?? '0'
  if (!/^\d{1,5}$/.test(text)) throw new Error(`${name} must be a number`)
  return Number(text)
}

const { JOURNAL } = process.env
const mailbox = await openMailbox({
  clock: systemClock,
  port: portOf('PORT'),
  smtpPort: portOf('SMTP_PORT'),
  ...(JOURNAL === undefined ? {} : { journal: JOURNAL }),
})
const ready = { ready: true, url: mailbox.url, smtp_url: mailbox.smtpUrl }
process.stdout.write(`${JSON.stringify(ready)}\n`)
for (const signal of ['SIGTERM', 'SIGINT'] as const)
  process.once(signal, () => void mailbox.close())
