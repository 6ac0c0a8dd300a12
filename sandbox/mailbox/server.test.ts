import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { testClock } from '@rialto/kernel/testing/clock.ts'
import { createTransport } from 'nodemailer'
import { type Mailbox, type MailboxOptions, openMailbox } from './server.ts'

async function open(t: TestContext, options: Partial<MailboxOptions> = {}): Promise<Mailbox> {
  const mailbox = await openMailbox({ clock: testClock(), ...options })
  t.after(() => mailbox.close())
  return mailbox
}

/** Sends as the world does; answers the server's words, or its error. */
async function send(mailbox: Mailbox, more: Record<string, unknown> = {}): Promise<string> {
  const transport = createTransport(mailbox.smtpUrl)
  try {
    const mail = { from: 'Shop <shop@example.org>', to: 'anna@example.org', ...more }
    const { response } = await transport.sendMail({ subject: 'Hello', text: 'Plain', ...mail })
    return response
  } catch (error) {
    const { response, code } = error as { response?: string; code?: string }
    return response ?? String(code)
  } finally {
    transport.close()
  }
}

const get = (mailbox: Mailbox, path: string, headers: Record<string, string> = {}) =>
  fetch(`${mailbox.url}${path}`, { headers })

test('mailbox – a mail in two parts and another alphabet – is kept as its reader sees it, found by address', async (t) => {
  const mailbox = await open(t)
  const answer = await send(mailbox, {
    to: ['Anna@example.org', 'boris@example.org'],
    subject: 'Чек на 1 234,50 ₽',
    text: 'Здравствуйте, Анна!',
    html: '<p>Здравствуйте, <b>Анна</b>!</p>',
    messageId: '<msg_1@example.org>',
  })
  assert.match(answer, /^250 2\.0\.0 Kept as mail-1/)
  await send(mailbox, { to: 'boris@example.org' })
  const listed = await get(mailbox, '/sandbox/mails?to=anna@example.org')
  const { items } = (await listed.json()) as { items: Record<string, unknown>[] }
  assert.equal(items.length, 1)
  const { subject, text, html, messageId, to, from } = items[0]!
  assert.deepEqual(
    { subject, text: String(text).trim(), html: String(html).trim(), messageId, to, from },
    {
      subject: 'Чек на 1 234,50 ₽',
      text: 'Здравствуйте, Анна!',
      html: '<p>Здравствуйте, <b>Анна</b>!</p>',
      messageId: '<msg_1@example.org>',
      to: ['Anna@example.org', 'boris@example.org'],
      from: 'shop@example.org',
    },
  )
  assert.equal(mailbox.control.mails('boris@example.org').length, 2)
})

test('faults – greylist, reject, down, delay, a lost answer – each as a real server does it, then over', async (t) => {
  const mailbox = await open(t)
  const { control } = mailbox
  control.addFault({ kind: 'greylist', address: 'ANNA@example.org' })
  control.addFault({ kind: 'reject', address: 'boris@example.org', times: 2 })
  assert.match(await send(mailbox), /^451 /)
  assert.match(await send(mailbox), /^250 /)
  const boris = { to: 'boris@example.org' }
  for (const code of [/^550 /, /^550 /, /^250 /]) assert.match(await send(mailbox, boris), code)
  control.addFault({ kind: 'refuse_sender' })
  assert.match(await send(mailbox), /^553 /)
  control.setDown(true)
  assert.match(await send(mailbox), /^(ESOCKET|ECONNECTION)$/)
  control.setDown(false)
  assert.match(await send(mailbox), /^250 /)
  control.addFault({ kind: 'delay', delayMs: 50 })
  const since = performance.now()
  assert.match(await send(mailbox), /^250 /)
  assert.ok(performance.now() - since >= 49)
  const before = control.mails().length
  control.addFault({ kind: 'lose_answer' })
  assert.doesNotMatch(await send(mailbox), /^250/)
  assert.equal(control.mails().length, before + 1)
  assert.deepEqual(control.faults(), [])
})

test('pages – a hostile mail – its words are text, its HTML stands in a frame that can do nothing', async (t) => {
  const mailbox = await open(t)
  const hostile = `<script>alert(1)</script>"'&`
  await send(mailbox, { subject: hostile, text: hostile, html: `<p>hi</p>${hostile}` })
  for (const lang of ['ru', 'en']) {
    const list = await (await get(mailbox, `/mailbox?lang=${lang}`)).text()
    const page = await get(mailbox, `/mailbox/mail-1?lang=${lang}`)
    const text = await page.text()
    for (const html of [list, text]) {
      assert.match(html, new RegExp(`<html lang="${lang}">`))
      assert.match(html, lang === 'ru' ? /СИМУЛЯЦИЯ/ : /SIMULATED/)
      assert.doesNotMatch(html, /<script/)
      assert.match(html, /&lt;script&gt;alert\(1\)/)
    }
    assert.match(text, /<iframe sandbox="" src="\/mailbox\/mail-1\/body" title="/)
    assert.match(String(page.headers.get('content-security-policy')), /default-src 'none'/)
  }
  const body = await get(mailbox, '/mailbox/mail-1/body')
  assert.match(String(body.headers.get('content-security-policy')), /^sandbox; default-src 'none'/)
  assert.match(await body.text(), /<p>hi<\/p>/)
})

test('pages – no mails, an unknown one, a browser that reads Russian – said in words, 404, in Russian', async (t) => {
  const mailbox = await open(t)
  const russian = { 'accept-language': 'ru-RU,ru;q=0.9' }
  assert.match(await (await get(mailbox, '/', russian)).text(), /Писем пока нет/)
  const missing = await get(mailbox, '/mailbox/mail-9')
  assert.equal(missing.status, 404)
  assert.match(await missing.text(), /There is no such mail/)
})

test('control over HTTP – a misspelt field, an unknown kind – 400 with the field; down and faults work', async (t) => {
  const mailbox = await open(t)
  const post = (path: string, body: unknown) =>
    fetch(`${mailbox.url}/sandbox${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
  const wrong = await post('/faults', { kind: 'explode' })
  assert.deepEqual([wrong.status, ((await wrong.json()) as { field: string }).field], [400, 'kind'])
  assert.equal((await post('/faults', { kindd: 'reject' })).status, 400)
  assert.equal((await post('/faults', { kind: 'reject' })).status, 200)
  assert.match(await send(mailbox), /^550/)
  assert.equal((await post('/down', { down: true })).status, 200)
  assert.match(await send(mailbox), /^(ESOCKET|ECONNECTION)$/)
})

test('journal – opened again – the mails are there; cleared, they are gone; more than are kept – the newest', async (t) => {
  const journal = join(tmpdir(), `rialto-mailbox-${randomUUID()}`)
  t.after(() => rm(journal, { force: true }))
  const first = await open(t, { journal })
  await send(first)
  await first.close()
  const second = await open(t, { journal })
  assert.deepEqual(
    second.control.mails().map(({ id, subject }) => [id, subject]),
    [['mail-1', 'Hello']],
  )
  const waiting = second.control.arrived({ count: 2 })
  await send(second)
  assert.equal(await waiting, true)
  assert.equal(await second.control.arrived({ count: 3, timeoutMs: 10 }), false)
  second.control.clear()
  await second.close()
  const third = await open(t, { journal, keptMax: 3 })
  assert.deepEqual(third.control.mails(), [])
  for (let n = 0; n < 4; n++) await send(third)
  const ids = third.control.mails().map(({ id }) => id)
  assert.deepEqual(ids, ['mail-4', 'mail-5', 'mail-6'])
})
