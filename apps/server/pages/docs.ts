// The documentation pages: where to begin, the reference of the API, the reference of the events. Everything comes from this
// server. What draws the API reference is loaded when somebody first asks for it, because it is 4 MB that most processes never need.

import { randomBytes } from 'node:crypto'
import type { HttpApp } from '@rialto/kernel/http/server.ts'
import { fastify } from 'fastify'
import type { Documents } from '../documents.ts'
import { eventPage } from './event-page.ts'
import { htmlPage } from './html.ts'

const HTML = 'text/html; charset=utf-8'

/** Our own pages: nothing but text and one style. */
const plainPolicy = (nonce: string): string =>
  `default-src 'none'; style-src 'nonce-${nonce}'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`

/** The reference makes styles as it draws; it runs no code but its own file and asks nobody else. */
const REFERENCE_POLICY = [
  ...["default-src 'none'", "script-src 'self'", "style-src 'self' 'unsafe-inline'"],
  ...["img-src 'self' data: blob:", "font-src 'self' data:", "connect-src 'self'"],
  ...["base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"],
].join('; ')

const START = `
<p>Rialto sells games, takes payments, prints fiscal receipts and fills libraries. Everything it does can be asked for over HTTP
and heard as an event.</p>
<p lang="ru">Rialto продаёт игры, принимает платежи, пробивает чеки и наполняет библиотеки. Всё это доступно по HTTP и слышно
как события.</p>
<ul>
<li><a href="/docs/api">API reference · Справочник API</a></li>
<li><a href="/docs/events">Event reference · Справочник событий</a></li>
<li><a href="/openapi.json">OpenAPI 3.1</a>, <a href="/asyncapi.json">AsyncAPI 3.0</a></li>
<li><a href="/store">Store · Магазин</a>, <a href="/console">Console · Консоль</a></li>
</ul>`

const CONFIGURATION = JSON.stringify({
  ...{ withDefaultFonts: false, telemetry: false, hideClientButton: true },
  ...{ showDeveloperTools: 'never', agent: { disabled: true }, mcp: { disabled: true } },
}).replaceAll('"', '&quot;')

const REFERENCE = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Rialto API</title></head><body>
<script id="api-reference" data-url="/openapi.json" data-configuration="${CONFIGURATION}"></script>
<script src="/docs/api/reference.js"></script>
</body></html>`

/** The one file that its plugin serves. */
async function referenceScript(): Promise<string> {
  const { default: reference } = await import('@scalar/fastify-api-reference')
  const app = fastify()
  await app.register(reference, { routePrefix: '/docs', configuration: { url: '/openapi.json' } })
  const { body, statusCode } = await app.inject('/docs/js/scalar.js')
  await app.close()
  if (statusCode !== 200) throw new Error(`the API reference has no script: ${statusCode}`)
  return body
}

/** Made at the first request and kept. A failure is tried again. */
function kept<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined
  return () => {
    made ??= make().catch((error: unknown) => {
      made = undefined
      throw error
    })
    return made
  }
}

export function serveDocs(app: HttpApp, documents: Documents): void {
  const page = (url: string, make: () => { title: string; body: string }): void => {
    app.get(url, (_request, reply) => {
      const nonce = randomBytes(16).toString('base64')
      void reply.header('content-security-policy', plainPolicy(nonce)).type(HTML)
      return reply.send(htmlPage({ ...make(), nonce }))
    })
  }
  page('/docs', () => ({ title: 'Rialto documentation', body: START }))
  page('/docs/events', () => ({
    title: 'Rialto events',
    body: eventPage(documents.asyncApi() as Parameters<typeof eventPage>[0]),
  }))
  app.get('/docs/api', (_request, reply) =>
    reply.header('content-security-policy', REFERENCE_POLICY).type(HTML).send(REFERENCE),
  )
  const script = kept(referenceScript)
  app.get('/docs/api/reference.js', async (_request, reply) => {
    const text = await script()
    return reply
      .header('cache-control', 'public, max-age=86400')
      .type('text/javascript; charset=utf-8')
      .send(text)
  })
}
