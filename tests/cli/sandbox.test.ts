// `rialto sandbox`: the outside world as a process that others share, and that finds its books again.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { createTransport } from 'nodemailer'
import { request } from 'undici'
import { rialto } from '../start/program.ts'

const CLI = fileURLToPath(import.meta.resolve('rialto/main.ts'))
const SETTINGS = {
  ...{ SANDBOX_PAYMENTS_PORT: '0', SANDBOX_REGISTER_PORT: '0' },
  ...{ SANDBOX_MAILBOX_PORT: '0', SANDBOX_SMTP_PORT: '0', YOOKASSA_SECRET_KEY: 'another' },
  SANDBOX_PAYMENTS_PUBLIC_URL: 'https://pay.shop.example',
}

interface At {
  readonly payments: string
  readonly register: string
  readonly mailbox: string
  readonly smtp: string
}

async function start(t: TestContext, folder: string) {
  const env = { PATH: process.env.PATH ?? '', DATA_DIR: folder, ...SETTINGS }
  const child = spawn(process.execPath, [CLI, 'sandbox', '--json'], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(child, 'close') as Promise<[number | null]>
  t.after(() => child.kill('SIGKILL'))
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
  return {
    at: JSON.parse(line) as At,
    async end(signal: 'SIGTERM' | 'SIGKILL') {
      child.kill(signal)
      return (await ended)[0]
    },
  }
}

async function json(
  url: string,
  options: object = {},
): Promise<{ status: number; body: Record<string, unknown> }> {
  const { statusCode, body } = await request(url, options)
  return { status: statusCode, body: (await body.json()) as Record<string, unknown> }
}

const authorization = `Basic ${Buffer.from('100500:another').toString('base64')}`
const INTENT = {
  amount: { value: '10.00', currency: 'RUB' },
  capture: true,
  payment_method_data: { type: 'bank_card' },
  confirmation: { type: 'redirect', return_url: 'https://shop.example/back' },
}

test('sandbox – as a process, killed and started again – speaks, has the settings that it was given, keeps its books', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'rialto-sandbox-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const first = await start(t, folder)
  const { payments, register, mailbox, smtp } = first.at
  const made = await json(`${payments}/v3/payments`, {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/json', 'idempotence-key': 'once' },
    body: JSON.stringify(INTENT),
  })
  assert.equal(made.status, 200, JSON.stringify(made.body))
  const { confirmation_url: page } = made.body.confirmation as { confirmation_url: string }
  assert.match(page, /^https:\/\/pay\.shop\.example\/sandbox\/pay\//)
  const token = { login: 'sandbox', pass: 'sandbox_only' }
  const logIn = await json(`${register}/possystem/v5/getToken`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(token),
  })
  assert.equal(logIn.status, 200, JSON.stringify(logIn.body))
  await createTransport(smtp).sendMail({
    from: 'a@x.example',
    to: 'b@x.example',
    subject: 'good day',
  })
  assert.equal(await first.end('SIGKILL'), null)

  const second = await start(t, folder)
  const found = await json(`${second.at.payments}/v3/payments/${made.body.id}`, {
    headers: { authorization },
  })
  assert.deepEqual([found.status, found.body.status], [200, 'pending'])
  const mails = await json(`${second.at.mailbox}/sandbox/mails?to=b@x.example`)
  assert.match(JSON.stringify(mails.body), /good day/)
  assert.notEqual(second.at.mailbox, mailbox)
  assert.equal(await second.end('SIGTERM'), 0)
})

test('sandbox – a setting that does not fit, a word too many – status 2, named', async () => {
  const bad = await rialto(['sandbox'], { SANDBOX_SMTP_PORT: 'x', SANDBOX_CALLBACK_URL: 'gateway' })
  assert.equal(bad.code, 2)
  assert.match(bad.err, /SANDBOX_SMTP_PORT: got "x"[\s\S]*SANDBOX_CALLBACK_URL: got "gateway"/)
  assert.equal((await rialto(['sandbox', 'castle'])).code, 2)
})
