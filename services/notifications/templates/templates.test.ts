import assert from 'node:assert/strict'
import { snapshot, test } from 'node:test'
import { declineReasons } from '@rialto/contracts/payments/declines.ts'
import { lateReasons } from '@rialto/contracts/payments/late.ts'
import { templates } from './all.ts'
import type { Facts, Locale, Template } from './letter.ts'
import { writeLetter, writeShort } from './render.ts'

snapshot.setDefaultSnapshotSerializers([(value) => String(value)])

const LOCALES: readonly Locale[] = ['ru', 'en']
const ORDER = 'ord_01m7y8nfg1eh0b2gs84dz0dg6b'
const price = (amount: number) => ({ amount, currency: 'RUB' })

/** All facts that any template may name. */
const facts: Facts = {
  site: 'https://rialto.example',
  code: '01m7y8nfg1eh0b2gs84dz0dg6b.t9w6v0.tOKEN',
  order_id: ORDER,
  refund_id: 'rfd_01m7y8nfg1eh0b2gs84dz0dg6b',
  total: price(123_450),
  receipt_total: price(123_450),
  paid_at: { at: '2026-01-15T12:00:00.000Z' },
  ended_at: { at: '2026-01-15T12:30:00.000Z' },
  registered_at: { at: '2026-01-15T12:00:05.000Z' },
  items: [
    { title: 'Salt & Signal', price: price(79_900) },
    { title: 'Тихая вода', price: price(43_550) },
  ],
  kind: { code: 'sale' },
  reason: { code: 'insufficient_funds' },
  cause: { code: 'order_ended' },
  fn_number: '9999078900012345',
  fiscal_document_number: '133',
  fiscal_document_attribute: '3449555941',
  qr: 't=20260115T1500&s=1234.50&fn=9999078900012345&i=133&fp=3449555941&n=1',
  receipt_url: 'https://ofd.example/receipts/1',
}

const namesIn = (value: unknown): string[] =>
  [
    ...new Set([...JSON.stringify(value).matchAll(/\{(\w+)\}/g)].map((match) => String(match[1]))),
  ].sort()

const all = [...templates.values()]
const written = (template: Template, locale: Locale, of: Facts = facts) =>
  writeLetter(template, of, { locale, name: locale === 'ru' ? 'Анна' : 'Anna' })

test('templates – all nine – speak of the same facts in both languages, and only of facts there are', () => {
  assert.deepEqual(all.map(({ name }) => name).sort(), [
    'fiscal_receipt_delivery',
    'order_canceled',
    'order_confirmation',
    'order_expired',
    'payment_failed',
    'payment_refunded',
    'reset_password',
    'verify_email',
    'welcome',
  ])
  const rows = ['title', 'price']
  for (const { ru, en } of all) {
    assert.deepEqual(namesIn(ru), namesIn(en))
    for (const name of namesIn(ru)) assert.ok(name in facts || rows.includes(name), name)
  }
})

for (const template of all)
  for (const locale of LOCALES)
    test(`${template.name} – ${locale} – reads as its preview`, (t) => {
      const { subject, html, text } = written(template, locale)
      assert.match(html, new RegExp(`<html lang="${locale}">`))
      assert.doesNotMatch(`${subject}${html}${text}`, /\{\w+\}|undefined|\[object/)
      const short = writeShort(template[locale], facts, locale)
      t.assert.snapshot(
        [`Subject: ${subject}`, `Short: ${short.title} | ${short.text}`, text, html].join('\n\n'),
      )
    })

test('letter – a title that is a script, quotes, an ampersand – stands in the HTML as text only', () => {
  const title = `<script>alert('x')</script> & "quoted" {total}`
  const order = templates.get('order_confirmation') as Template
  const items = [{ title, price: price(1) }]
  const { html, text } = written(order, 'en', { ...facts, items })
  assert.doesNotMatch(html, /<script/)
  assert.match(
    html,
    /&lt;script&gt;alert\(&#39;x&#39;\)&lt;\/script&gt; &amp; &quot;quoted&quot; \{total\}/,
  )
  assert.ok(text.includes(title))
  const name = '<img src=x onerror=alert(1)>'
  const greeted = writeLetter(order, facts, { locale: 'ru', name })
  assert.doesNotMatch(greeted.html, /<img/)
  assert.match(greeted.html, /Здравствуйте, &lt;img src=x onerror=alert\(1\)&gt;!/)
})

test('letter – a fact is missing – what names it is left out, the rest stands', () => {
  const receipt = templates.get('fiscal_receipt_delivery') as Template
  const { receipt_url: _url, qr: _qr, ...rest } = facts
  const { text, html } = written(receipt, 'ru', rest)
  assert.doesNotMatch(text, /QR|Открыть чек/)
  assert.doesNotMatch(html, /<a /)
  assert.match(text, /ФН: 9999078900012345/)
  const refunded = templates.get('payment_refunded') as Template
  const { cause: _cause, ...asked } = facts
  assert.match(written(refunded, 'en', facts).text, /after the order was closed/)
  assert.doesNotMatch(written(refunded, 'en', asked).text, /by ourselves/)
})

test('payment_failed – every reason that the store knows – is said as itself; any other as a decline', () => {
  const failed = templates.get('payment_failed') as Template
  for (const locale of LOCALES) {
    const said = (code: string) => written(failed, locale, { ...facts, reason: { code } }).text
    const declined = locale === 'ru' ? /отклонили оплату/ : /provider declined the payment/
    for (const reason of declineReasons) assert.doesNotMatch(said(reason), declined, reason)
    assert.equal(new Set(declineReasons.map(said)).size, declineReasons.length)
    assert.match(said('issuer_unavailable'), declined)
  }
})

test('payment_refunded – every reason of late money – is said as itself in mail and plain text; none says that the order was closed but that one', () => {
  const refunded = templates.get('payment_refunded') as Template
  const other = /отклонили|declined/
  for (const locale of LOCALES) {
    const closed = locale === 'ru' ? /заказ уже был закрыт/ : /order was closed/
    const said = (code: string) => written(refunded, locale, { ...facts, cause: { code } })
    for (const reason of [...lateReasons, 'late']) {
      const { text, html } = said(reason)
      assert.doesNotMatch(text, other)
      for (const words of [text, html])
        assert.equal(closed.test(words), reason === 'order_ended', reason)
    }
    const texts = [...lateReasons, 'late'].map((reason) => said(reason).text)
    assert.equal(new Set(texts).size, texts.length)
  }
})

test('order_canceled, order_expired, order_confirmation – nothing that may not be so – no money is kept, the games are on their way', () => {
  const short = (name: string, locale: Locale) =>
    writeShort((templates.get(name) as Template)[locale], facts, locale).text
  // Some may have come for it, and gone back.
  for (const name of ['order_canceled', 'order_expired']) {
    assert.match(short(name, 'ru'), /не удерживаются/)
    assert.match(short(name, 'en'), /no money is kept/i)
    assert.doesNotMatch(short(name, 'ru') + short(name, 'en'), /не списаны|no money was taken/i)
  }
  assert.match(short('order_confirmation', 'ru'), /добавляется в вашу библиотеку/)
  assert.match(short('order_confirmation', 'en'), /is being added to your library/)
})

test('letter – an address that is no page – does not become a link', () => {
  const receipt = templates.get('fiscal_receipt_delivery') as Template
  const evil = { ...facts, receipt_url: 'javascript:alert(1)' }
  assert.doesNotMatch(written(receipt, 'en', evil).html, /javascript|<a /)
})

test('letter – a subject with line breaks in a fact – stays one line', () => {
  const template: Template = {
    name: 'x',
    ru: { subject: '{title}', short: '', blocks: [] },
    en: { subject: '{title}', short: '', blocks: [] },
  }
  const { subject } = written(template, 'en', { title: 'a\r\nBcc: b@example.org' })
  assert.equal(subject, 'a Bcc: b@example.org')
})

test('sums and times – both languages – as people there write them, exactly, with the zone', () => {
  const template: Template = {
    name: 'x',
    ru: { subject: '{a} {b}', short: '{at}', blocks: [] },
    en: { subject: '{a} {b}', short: '{at}', blocks: [] },
  }
  const of: Facts = {
    a: { amount: 900_719_925_474_099_1, currency: 'RUB' },
    b: { amount: 500, currency: 'JPY' },
    at: { at: '2026-01-15T22:30:00.000Z' },
  }
  const spaced = (text: string) => text.replace(/[\u00a0\u202f]/g, ' ')
  const [ru, en] = LOCALES.map((locale) => writeShort(template[locale], of, locale))
  assert.equal(spaced(ru!.title), '90 071 992 547 409,91 ₽ 500 ¥')
  assert.equal(spaced(en!.title), 'RUB 90,071,992,547,409.91 JP¥500')
  assert.match(ru!.text, /16 января 2026 г\..*01:30 (GMT\+3|МСК|MSK)/)
  assert.match(en!.text, /16 January 2026.*01:30 (GMT\+3|MSK)/)
})
