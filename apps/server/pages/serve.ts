// Serves the built pages of the store and the console. The HTML is never kept and carries a policy of its own: scripts and
// styles of this origin only, nothing inline but the styles that bear this answer's number. Assets carry the hash of their
// content in their names, so they are kept for ever.

import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { HttpApp } from '@rialto/kernel/http/server.ts'
import type { Sandboxes } from '../sandboxes.ts'

/** What the pages are told of the platform that serves them. */
export interface PageFacts {
  /** The demo logins are there. */
  readonly demo: boolean
  /** What this process plays itself. What is configured may be played elsewhere, so of that nothing is said. */
  readonly simulated: { readonly money: boolean; readonly receipts: boolean }
  /** Where the sandbox keeps the mails. */
  readonly mailbox?: string
}

/** Read from what stands in this process, and from nothing that would only make it likely, such as demo logins. */
export const factsOf = (
  demo: boolean,
  { yookassa, atol, mailbox }: Pick<Sandboxes, 'yookassa' | 'atol' | 'mailbox'>,
): PageFacts => ({
  demo,
  simulated: { money: yookassa !== undefined, receipts: atol !== undefined },
  ...(mailbox === undefined ? {} : { mailbox: mailbox.url }),
})

const PAGES = ['store', 'console'] as const
const NONCE = /__NONCE__/g
const FACTS = /__FACTS__/

const policyOf = (nonce: string): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "connect-src 'self'",
    "manifest-src 'self'",
    ...["form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'"],
  ].join('; ')

const NOT_BUILT = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Rialto</title></head><body><main><h1>The pages are not built</h1>
<p>The platform runs: its API is under <a href="/openapi.json">/api/v1</a>. Build the pages with <code>npm run pages</code> and start again.</p>
<h2 lang="ru">Страницы не собраны</h2>
<p lang="ru">Платформа работает, её API доступен по адресу /api/v1. Соберите страницы командой <code>npm run pages</code> и запустите снова.</p>
</main></body></html>`

const attribute = (facts: PageFacts): string =>
  JSON.stringify(facts).replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;')

const htmlOf = ({ dist, facts }: PageOptions, page: string): string | undefined => {
  const file = join(dist, page, 'index.html')
  if (!existsSync(file)) return undefined
  return readFileSync(file, 'utf8').replace(FACTS, () => attribute(facts))
}

/** Every address under a page is that page: which screen it shows is the page's own affair. */
function servePage(app: HttpApp, page: string, html: string | undefined): void {
  for (const url of [`/${page}`, `/${page}/*`])
    app.get(url, (_request, reply) => {
      const nonce = randomBytes(16).toString('base64')
      void reply.header('content-security-policy', policyOf(nonce)).type('text/html; charset=utf-8')
      if (html === undefined) return reply.code(503).send(NOT_BUILT)
      return reply.send(html.replace(NONCE, nonce))
    })
}

export interface PageOptions {
  /** Where the built pages lie. */
  readonly dist: string
  readonly facts: PageFacts
}

/** Adds the pages; without a build the addresses say so, and everything else works. */
export async function servePages(app: HttpApp, options: PageOptions): Promise<void> {
  const { dist, facts } = options
  const assets = join(dist, 'assets')
  if (existsSync(assets))
    await app.register(fastifyStatic, {
      root: assets,
      prefix: '/assets/',
      wildcard: true,
      index: false,
      preCompressed: true,
      // Nobody resumes a file of some kilobytes, and of a packed one a part is of no use.
      acceptRanges: false,
      immutable: true,
      maxAge: '1y',
    })
  for (const page of PAGES) servePage(app, page, htmlOf(options, page))
  app.get('/', (_request, reply) => reply.redirect('/store', 302))
  const { mailbox } = facts
  if (mailbox !== undefined)
    app.get('/mailbox', (_request, reply) => reply.redirect(`${mailbox}/mailbox`, 302))
}
