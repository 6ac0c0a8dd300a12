// The box as a page, Russian and English. A mail's HTML is foreign: it is shown in a frame without scripts, without our origin
// and without the network; everything else of a mail is text.

import { createHash } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Mail } from '../books.ts'
import type { MailboxControl } from '../control.ts'

const STYLE = `
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif }
body { max-width: 60rem; margin: 1rem auto; padding: 0 1rem; background: light-dark(#faf8f4, #11161a); color: light-dark(#1a2226, #e8ecee) }
.simulated { border: .25rem dashed; border-radius: .5rem; padding: .5rem 1rem; font-weight: 700; color: light-dark(#8a4b00, #f0b45c) }
table { border-collapse: collapse; width: 100% }
caption { text-align: start; padding: .5rem 0 }
th, td { text-align: start; padding: .5rem; border-bottom: 1px solid; overflow-wrap: anywhere; vertical-align: top }
iframe { width: 100%; min-height: 32rem; border: 1px solid; background: Canvas }
pre { white-space: pre-wrap; overflow-wrap: anywhere; border: 1px solid; padding: 1rem }
a { display: inline-block; min-height: 1.5rem; color: light-dark(#0b6b74, #6fc7ca) }
dl { display: grid; grid-template-columns: auto 1fr; gap: .25rem 1rem }
dd { margin: 0; overflow-wrap: anywhere }
@media (max-width: 40rem) {
  thead { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden }
  tr { display: block; padding: .5rem 0; border-bottom: 1px solid }
  td { display: block; padding: 0; border: 0 }
}
`
const STYLE_HASH = `'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}
const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character)

type Language = 'ru' | 'en'

const WORDS = {
  ru: {
    title: 'Почтовый ящик песочницы',
    simulated: 'СИМУЛЯЦИЯ: эти письма никому не отправлены',
    list: 'Письма, новые сверху',
    empty: 'Писем пока нет. Они появятся после регистрации или покупки.',
    ...{ at: 'Получено', to: 'Кому', from: 'От кого', subject: 'Тема', none: '(без темы)' },
    ...{ back: 'Все письма', html: 'Как его видит получатель', text: 'Текстом' },
    ...{ noHtml: 'HTML в письме нет.', missing: 'Такого письма нет', other: 'English' },
  },
  en: {
    title: 'Sandbox mailbox',
    simulated: 'SIMULATED: these mails were sent to nobody',
    list: 'Mails, newest first',
    empty: 'No mails yet. They appear after a registration or a purchase.',
    ...{ at: 'Received', to: 'To', from: 'From', subject: 'Subject', none: '(no subject)' },
    ...{ back: 'All mails', html: 'As its reader sees it', text: 'As text' },
    ...{ noHtml: 'The mail has no HTML.', missing: 'There is no such mail', other: 'Русский' },
  },
} as const

const languageOf = (request: FastifyRequest): Language => {
  const { lang } = request.query as { lang?: string }
  if (lang === 'ru' || lang === 'en') return lang
  return /^ru\b/i.test(request.headers['accept-language'] ?? '') ? 'ru' : 'en'
}

function frame(language: Language, path: string, body: string): string {
  const words = WORDS[language]
  const other = language === 'ru' ? 'en' : 'ru'
  return `<!doctype html>
<html lang="${language}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${words.title}</title><style>${STYLE}</style></head>
<body>
<header><p class="simulated" role="note">${words.simulated}</p>
<p><a href="${path}?lang=${other}" lang="${other}" hreflang="${other}">${words.other}</a></p></header>
<main>${body}</main>
</body></html>`
}

function timeHtml(language: Language, at: number): string {
  const text = new Intl.DateTimeFormat(language === 'ru' ? 'ru-RU' : 'en-GB', {
    ...({ dateStyle: 'medium', timeStyle: 'long', timeZone: 'UTC' } as const),
  }).format(at)
  return `<time datetime="${new Date(at).toISOString()}">${escapeHtml(text)}</time>`
}

function listHtml(language: Language, mails: readonly Mail[]): string {
  const words = WORDS[language]
  const rows = mails.toReversed().map(
    (mail) => `<tr><td>${timeHtml(language, mail.at)}</td>
<td>${escapeHtml(mail.to.join(', '))}</td>
<td><a href="/mailbox/${mail.id}?lang=${language}">${escapeHtml(mail.subject || words.none)}</a></td></tr>`,
  )
  const table =
    rows.length === 0
      ? `<p>${words.empty}</p>`
      : `<table><caption>${words.list}</caption>
<thead><tr><th scope="col">${words.at}</th><th scope="col">${words.to}</th><th scope="col">${words.subject}</th></tr></thead>
<tbody>${rows.join('\n')}</tbody></table>`
  return frame(language, '/mailbox', `<h1>${words.title}</h1>${table}`)
}

function mailHtml(language: Language, mail: Mail): string {
  const words = WORDS[language]
  const body =
    mail.html === undefined
      ? `<p>${words.noHtml}</p>`
      : `<iframe sandbox="" src="/mailbox/${mail.id}/body" title="${words.html}: ${escapeHtml(mail.subject)}"></iframe>`
  return frame(
    language,
    `/mailbox/${mail.id}`,
    `<p><a href="/mailbox?lang=${language}">${words.back}</a></p>
<h1>${escapeHtml(mail.subject || words.none)}</h1>
<dl><dt>${words.from}</dt><dd>${escapeHtml(mail.from)}</dd><dt>${words.to}</dt><dd>${escapeHtml(mail.to.join(', '))}</dd>
<dt>${words.at}</dt><dd>${timeHtml(language, mail.at)}</dd><dt>Message-ID</dt><dd>${escapeHtml(mail.messageId)}</dd></dl>
<h2>${words.html}</h2>${body}
<h2>${words.text}</h2><pre tabindex="0">${escapeHtml(mail.text)}</pre>`,
  )
}

const PAGE_POLICY = `default-src 'none'; style-src ${STYLE_HASH}; frame-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'`
const BODY_POLICY = `sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'; frame-ancestors 'self'`

const send = (reply: FastifyReply, html: string, policy = PAGE_POLICY): FastifyReply =>
  reply
    .header('content-security-policy', policy)
    .header('cache-control', 'no-store')
    .header('referrer-policy', 'no-referrer')
    .header('x-content-type-options', 'nosniff')
    .type('text/html; charset=utf-8')
    .send(html)

export function registerPage(app: FastifyInstance, control: MailboxControl): void {
  const find = (request: FastifyRequest): Mail | undefined =>
    control.mail((request.params as { id: string }).id)
  const missing = (request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const language = languageOf(request)
    const { missing: words, back } = WORDS[language]
    const body = `<h1>${words}</h1><p><a href="/mailbox?lang=${language}">${back}</a></p>`
    return send(reply.status(404), frame(language, '/mailbox', body))
  }
  app.get('/', (_request, reply) => reply.redirect('/mailbox', 303))
  app.get('/mailbox', (request, reply) =>
    send(reply, listHtml(languageOf(request), control.mails())),
  )
  app.get('/mailbox/:id', (request, reply) => {
    const mail = find(request)
    if (mail === undefined) return missing(request, reply)
    return send(reply, mailHtml(languageOf(request), mail))
  })
  app.get('/mailbox/:id/body', (request, reply) => {
    const mail = find(request)
    if (mail?.html === undefined) return missing(request, reply)
    return send(reply, mail.html, BODY_POLICY)
  })
}
