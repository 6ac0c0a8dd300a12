import assert from 'node:assert/strict'
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import timers from 'node:timers/promises'
import { silentLog } from '../observability/log.ts'
import { drain } from './drain.ts'

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('drain – phases – run in their order whatever the order of adding, steps of one phase together, all once', async () => {
  const d = drain({ log: silentLog })
  const said: string[] = []
  const step = (name: string) => async () => {
    said.push(`${name} begins`)
    await turn()
    said.push(`${name} ends`)
  }
  d.add('close', 'pool', step('pool'))
  d.add('finish', 'batcher', step('batcher'))
  d.add('stop', 'http', step('http'))
  d.add('stop', 'bus', step('bus'))
  d.add('unready', 'health', () => said.push('unready'))
  assert.equal(d.draining, false)
  const [one, two] = await Promise.all([d.run('a'), d.run('b')])
  assert.deepEqual([one, two, d.draining], [true, true, true])
  assert.deepEqual(said, [
    'unready',
    'http begins',
    'bus begins',
    'http ends',
    'bus ends',
    'batcher begins',
    'batcher ends',
    'pool begins',
    'pool ends',
  ])
})

test('drain – a step that fails, also before it is a promise – stops no other, and the answer says so', async () => {
  const d = drain({ log: silentLog })
  const said: string[] = []
  d.add('stop', 'broken', () => {
    throw new Error('broken')
  })
  d.add('stop', 'rejected', () => Promise.reject(new Error('rejected')))
  d.add('close', 'pool', () => said.push('pool'))
  assert.equal(await d.run('test'), false)
  assert.deepEqual(said, ['pool'])
})

test('drain – a step that never ends – is named when the deadline passes', async () => {
  const lines: unknown[] = []
  const log = { ...silentLog, error: (fields: Record<string, unknown>) => lines.push(fields) }
  const d = drain({ log, deadlineMs: 10 })
  d.add('finish', 'stuck', () => new Promise(() => undefined))
  assert.equal(await d.run('test'), false)
  assert.deepEqual(lines, [{ still: ['finish stuck'] }])
})

test('drain – requests and jobs that take all of their time – are within the deadline, also where others were waited for before', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const taking = async (afterMs: number): Promise<boolean> => {
    const d = drain({ log: silentLog, afterMs })
    for (const phase of ['stop', 'finish'] as const)
      d.add(phase, 'work', () => timers.setTimeout(10_000))
    d.add('unready', 'notice', () => timers.setTimeout(afterMs))
    const well = d.run('test')
    for (let second = 0; second < 40; second++) {
      t.mock.timers.tick(1_000)
      await turn()
    }
    return well
  }
  assert.deepEqual([await taking(0), await taking(6_000)], [true, true])
})

const PROGRAM = `
  import { drain } from ${JSON.stringify(new URL('drain.ts', import.meta.url).href)}
  import { armFaults } from ${JSON.stringify(new URL('../testing/failpoint.ts', import.meta.url).href)}
  import { silentLog } from ${JSON.stringify(new URL('../observability/log.ts', import.meta.url).href)}
  const [mode] = process.argv.slice(1)
  if (mode === 'kill') armFaults('shutdown.draining:1:kill')
  const d = drain({ log: silentLog, deadlineMs: 5000 })
  const keep = setInterval(() => undefined, 1000)
  d.add('unready', 'say', () => console.log('unready'))
  d.add('finish', 'work', () => mode === 'stuck' ? new Promise(() => undefined) : undefined)
  d.add('close', 'say', () => { clearInterval(keep); console.log('closed') })
  d.listen()
  console.log('running')
`

function start(mode: string): {
  child: ChildProcessWithoutNullStreams
  line: () => Promise<string>
  end: Promise<unknown[]>
} {
  const child = spawn(process.execPath, ['--input-type=module', '-e', PROGRAM, mode])
  const lines = (async function* () {
    let rest = ''
    for await (const chunk of child.stdout) {
      rest += String(chunk)
      const parts = rest.split('\n')
      rest = parts.pop() ?? ''
      yield* parts
    }
  })()
  return {
    child,
    line: async () => (await lines.next()).value ?? 'end',
    end: once(child, 'close'),
  }
}

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  test(`drain – ${signal} to a real process – drains and exits 0`, {
    timeout: 20_000,
  }, async () => {
    const { child, line, end } = start('well')
    assert.equal(await line(), 'running')
    child.kill(signal)
    assert.deepEqual([await line(), await line(), await line()], ['unready', 'closed', 'end'])
    assert.deepEqual(await end, [0, null])
  })
}

test('drain – second signal to a stuck process – ends it at once', {
  timeout: 20_000,
}, async () => {
  const { child, line, end } = start('stuck')
  assert.equal(await line(), 'running')
  child.kill('SIGTERM')
  assert.equal(await line(), 'unready')
  child.kill('SIGINT')
  assert.deepEqual(await end, [130, null], 'not the code of a deadline that passed')
})

test('drain – killed while draining – dies there, nothing closed', {
  timeout: 20_000,
}, async () => {
  const { child, line, end } = start('kill')
  assert.equal(await line(), 'running')
  child.kill('SIGTERM')
  assert.deepEqual([await line(), await line()], ['unready', 'end'])
  assert.deepEqual(await end, [null, 'SIGKILL'])
})
