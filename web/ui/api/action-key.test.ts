import assert from 'node:assert/strict'
import { test } from 'node:test'
import { underKey } from './action-key.ts'
import { ApiFailure, noAnswer } from './failure.ts'

function open() {
  const kept = new Map<string, string>()
  let made = 0
  const keys = {
    storage: {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => void kept.set(key, value),
      removeItem: (key: string) => void kept.delete(key),
    },
    uuid: () => `key ${++made}`,
  }
  const used: string[] = []
  const act = (end: () => string) =>
    underKey(keys, 'pay', async (key) => {
      used.push(key)
      return end()
    })
  return { act, used, kept }
}

const fails = (error: Error) => (): never => {
  throw error
}
const refusal = new ApiFailure({
  ...{ type: '', title: '', detail: '', action: '', money: 'untouched' },
  ...{ status: 409, code: 'orders.already_owned' },
})

test('key – no answer, then a repetition – the same key; after the answer a new one', async () => {
  const { act, used, kept } = open()
  await assert.rejects(act(fails(noAnswer(true))))
  await assert.rejects(act(fails(noAnswer(true))))
  await act(() => 'done')
  await act(() => 'done')
  assert.deepEqual(used, ['key 1', 'key 1', 'key 1', 'key 2'])
  assert.equal(kept.size, 0)
})

test('key – refused – the next press is a new wish', async () => {
  const { act, used } = open()
  await assert.rejects(act(fails(refusal)))
  await act(() => 'done')
  assert.deepEqual(used, ['key 1', 'key 2'])
})

test('key – two presses at once – one key', async () => {
  const { act, used } = open()
  await Promise.all([act(() => 'done'), act(() => 'done')])
  assert.deepEqual(used, ['key 1', 'key 1'])
})
