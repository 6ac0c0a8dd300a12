// The pages as a browser gets them: the page under every address of it, its policy, what may be kept and what not, and what is
// said when nothing was built.

import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type IncomingMessage, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { type TestContext, test } from 'node:test'
import { brotliCompressSync } from 'node:zlib'
import { platformConfig } from '@rialto/kernel/config/platform.ts'
import { systemClock } from '@rialto/kernel/host/clock.ts'
import { systemIds } from '@rialto/kernel/host/ids.ts'
import { openHttp } from '@rialto/kernel/http/server.ts'
import { type Logger, silentLog } from '@rialto/kernel/observability/log.ts'
import { anonymous } from '@rialto/kernel/service/context.ts'
import { openRecorder } from '@rialto/kernel/trace/recorder.ts'
import { openAtol } from '@rialto/sandbox/atol/server.ts'
import { realParts } from '../sandboxes.ts'
import { factsOf, type PageFacts, servePages } from './serve.ts'

const HTML =
  '<meta name="rialto-facts" content="__FACTS__"><meta property="csp-nonce" nonce="__NONCE__"><script nonce="__NONCE__" src="/assets/a-1.js"></script>'

function built(t: TestContext): string {
  const dist = mkdtempSync(join(tmpdir(), 'rialto-pages-'))
  t.after(() => rmSync(dist, { recursive: true, force: true }))
  for (const folder of ['assets', 'store', 'console']) mkdirSync(join(dist, folder))
  for (const page of ['store', 'console']) writeFileSync(join(dist, page, 'index.html'), HTML)
  writeFileSync(join(dist, 'assets', 'a-1.js'), 'plain')
  writeFileSync(join(dist, 'assets', 'a-1.js.br'), brotliCompressSync('packed'))
  return dist
}

interface Answer {
  readonly statusCode: number
  readonly headers: Headers
  readonly body: string
}

/** Behind the platform's own door, which adds what it adds to every answer. */
const nothingPlayed = { money: false, receipts: false }

async function openDoor(
  t: TestContext,
  dist: string,
  { facts, log }: { readonly facts: PageFacts; readonly log: Logger },
): Promise<string> {
  const env = {
    clock: systemClock,
    ids: systemIds(systemClock),
    log,
    recorder: openRecorder({ sink: async () => {}, rate: 0 }),
  }
  const door = await openHttp({
    mounted: [],
    authenticate: async () => anonymous,
    env,
    internal: false,
    extend: (app) => servePages(app, { dist, facts }),
  })
  t.after(async () => {
    await door.close()
    await env.recorder.stop()
  })
  return door.url
}

async function open(
  t: TestContext,
  dist: string,
  facts: PageFacts = { demo: true, simulated: nothingPlayed },
) {
  const url = await openDoor(t, dist, { facts, log: silentLog })
  return async (path: string, headers: Record<string, string> = {}): Promise<Answer> => {
    const answer = await fetch(url + path, { headers, redirect: 'manual' })
    return { statusCode: answer.status, headers: answer.headers, body: await answer.text() }
  }
}

test('pages – any address under them – is the page; its policy names the number of this answer only', async (t) => {
  const get = await open(t, built(t))
  const numbers = new Set<string>()
  for (const url of ['/store', '/store/orders/ord_1', '/console', '/console/a/b']) {
    const answer = await get(url)
    assert.equal(answer.statusCode, 200, url)
    const policy = String(answer.headers.get('content-security-policy'))
    const number = /'nonce-([^']+)'/.exec(policy)?.[1] ?? ''
    assert.ok(number.length >= 20)
    assert.equal(answer.body.split(`nonce="${number}"`).length, 3)
    assert.match(policy, /default-src 'none'; script-src 'self'; /)
    assert.ok(!policy.includes('unsafe'))
    numbers.add(number)
  }
  assert.equal(numbers.size, 4)
})

test('pages – the start – leads to the store; the mailbox where there is one', async (t) => {
  const mailbox = 'http://127.0.0.1:1'
  const get = await open(t, built(t), { demo: false, simulated: nothingPlayed, mailbox })
  assert.equal((await get('/')).headers.get('location'), '/store')
  assert.equal((await get('/mailbox')).headers.get('location'), 'http://127.0.0.1:1/mailbox')
  assert.ok((await get('/store')).body.includes('{&quot;demo&quot;:false,&quot;simulated&quot;:{'))
})

test('pages – what is played – is told by what stands in this process, whoever may log in', async (t) => {
  const atol = await openAtol({
    ...{ clock: systemClock, log: silentLog, login: 'a', password: 'b', group: 'c' },
  })
  t.after(() => atol.close())
  const real = realParts(platformConfig({}))
  assert.deepEqual(factsOf(true, real), { demo: true, simulated: nothingPlayed })
  assert.deepEqual(factsOf(false, { ...real, atol }), {
    demo: false,
    simulated: { money: false, receipts: true },
  })
})

test('pages – assets – are kept for ever, and sent packed to who can unpack', async (t) => {
  const get = await open(t, built(t))
  const plain = await get('/assets/a-1.js', { 'accept-encoding': 'identity' })
  assert.equal(plain.headers.get('cache-control'), 'public, max-age=31536000, immutable')
  assert.equal(plain.body, 'plain')
  const packed = await get('/assets/a-1.js', { 'accept-encoding': 'gzip, br' })
  assert.deepEqual([packed.headers.get('content-encoding'), packed.body], ['br', 'packed'])
  for (const url of ['/assets/none.js', '/assets/%2e%2e%2fstore/index.html'])
    assert.equal((await get(url)).statusCode, 404, url)
})

test('pages – an address that is put in no order, of a folder, with wishes that no asset meets – is refused as the client’s doing, and nothing is logged', async (t) => {
  const errors: unknown[] = []
  const log: Logger = { ...silentLog, error: (...said: unknown[]) => void errors.push(said) }
  const facts = { demo: false, simulated: nothingPlayed }
  const url = await openDoor(t, built(t), { facts, log })
  /** As it is written, where fetch would put the path in order and add headers of its own. */
  const ask = async (path: string, headers: Record<string, string> = {}): Promise<string> => {
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      request(url, { path, headers, agent: false }, resolve).on('error', reject).end()
    })
    const body = await text(answer)
    return `${answer.statusCode} ${answer.statusCode === 200 ? body : JSON.parse(body).code}`
  }
  for (const path of ['/assets/', '/assets//a-1.js', '/assets/./a-1.js', '/assets/%2e%2e/x'])
    assert.equal(await ask(path), '404 kernel.not_found', path)
  const changed = await ask('/assets/a-1.js', { 'if-match': '"x"' })
  assert.equal(changed, '400 kernel.malformed_request')
  assert.equal(await ask('/assets/a-1.js', { range: 'bytes=900-' }), '200 plain')
  assert.equal(await ask('/assets/a-1.js', { range: 'bytes=0-1' }), '200 plain')
  assert.deepEqual(errors, [])
})

test('pages – not built – the addresses say so in both languages, and how to build', async (t) => {
  const get = await open(t, join(tmpdir(), 'rialto-no-such-folder'))
  const answer = await get('/store/library')
  assert.equal(answer.statusCode, 503)
  assert.equal(answer.headers.get('cache-control'), 'no-store')
  for (const text of ['not built', 'не собраны', 'npm run pages'])
    assert.ok(answer.body.includes(text))
})
