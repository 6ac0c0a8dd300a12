import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type TestContext, test } from 'node:test'
import { document } from '../testing/fiscal.ts'

async function start(t: TestContext, env: Record<string, string>) {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'main.ts')], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.after(() => child.kill('SIGKILL'))
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
  const { url } = JSON.parse(line) as { url: string }
  const send = async (path: string, body?: unknown, token = '') => {
    const answer = await fetch(`${url}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { token, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    return (await answer.json()) as Record<string, unknown>
  }
  const { token } = await send('/possystem/v5/getToken', { login: 'sandbox', pass: 'sandbox' })
  const sell = (externalId: string) =>
    send('/possystem/v5/sandbox_group/sell', document(externalId), String(token))
  return {
    send,
    sell,
    async kill() {
      const exit = once(child, 'exit')
      child.kill('SIGKILL')
      await exit
    },
  }
}

test('journal – killed with SIGKILL while a document waits – it is registered after the restart, once', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'atol-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const env = {
    JOURNAL: join(folder, 'books', 'atol.jsonl'),
    SEED: 'kill',
    PROCESSING_MS: '600000',
  }
  const first = await start(t, env)
  const { uuid } = await first.sell('a')
  await first.kill()
  const second = await start(t, env)
  assert.equal((await second.sell('a')).uuid, uuid)
  await second.send('/sandbox/clock/advance', { ms: 600_000 })
  const { documents } = await second.send('/sandbox/books')
  const [only, ...others] = documents as { status: string; fiscal: { documentNumber: number } }[]
  assert.deepEqual([only?.status, only?.fiscal.documentNumber, others], ['done', 1, []])
  await second.kill()
  const third = await start(t, { ...env, PROCESSING_MS: '0' })
  await third.sell('b')
  const { documents: all } = await third.send('/sandbox/books')
  const numbers = (all as { fiscal: { documentNumber: number } }[]).map(
    (d) => d.fiscal.documentNumber,
  )
  assert.deepEqual(numbers, [1, 2])
})
