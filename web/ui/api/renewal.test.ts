import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Api, How } from './client.ts'
import { openApi } from './client.ts'
import { ApiFailure, noAnswer } from './failure.ts'
import { renewalBy } from './renewal.ts'
import { Sessions } from './session.ts'

const SIGNED = { access_token: 'new' }

function answering(...answers: readonly (object | Error)[]) {
  const left = [...answers]
  const waits: unknown[] = []
  const call = async (_route: unknown, _input: unknown, how?: How): Promise<object> => {
    waits.push(how?.timeoutMs)
    const answer = left.shift() ?? noAnswer(true)
    if (answer instanceof Error) throw answer
    return answer
  }
  return { renew: renewalBy({ call } as Api), waits }
}

const refused = new ApiFailure({
  ...{ type: '', title: '', detail: '', action: '', money: 'untouched' },
  ...{ status: 401, code: 'accounts.refresh_reused' },
})

test('renewal – its answer is lost – is asked for once more at once, sooner than the token is taken for stolen', async () => {
  const { renew, waits } = answering(noAnswer(true), SIGNED)
  assert.equal(await renew('token'), SIGNED)
  const all = (waits as number[]).reduce((sum, wait) => sum + wait, 0)
  assert.ok(waits.length === 2 && all < 20_000, `${waits}`)
})

test('renewal – no answer again – is not known; refused – is over, and not asked for again', async () => {
  const lost = answering(noAnswer(true), noAnswer(true), SIGNED)
  await assert.rejects(lost.renew('token'), ApiFailure)
  const over = answering(refused, SIGNED)
  assert.equal(await over.renew('token'), undefined)
  assert.equal(over.waits.length, 1)
})

test('client – a call that hangs – is given up after its own time', {
  timeout: 5_000,
}, async () => {
  const hanging = (_address: unknown, { signal }: RequestInit = {}) =>
    new Promise<Response>((_resolve, reject) =>
      signal?.addEventListener('abort', () => reject(signal.reason)),
    )
  const sessions = new Sessions({ getItem: () => null } as unknown as Storage, { now: () => 0 })
  const api = openApi({ sessions, fetch: hanging as typeof fetch })
  // A timer of a signal keeps no process alive.
  const alive = setTimeout(() => undefined, 5_000)
  await assert.rejects(renewalBy(api, 20)('token'), /pages.no_answer/)
  clearTimeout(alive)
})
