import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLog } from '../../observability/log.ts'
import type { Embedded } from '../embedded.ts'
import { Supervisor } from './supervisor.ts'

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

function servers(failing: number) {
  const said: string[] = []
  const ports: (number | undefined)[] = []
  let crash = (_: string): void => undefined
  const stops: number[] = []
  const supervisor = new Supervisor({
    log: { ...silentLog, error: (_, message) => said.push(message) },
    start: async (port, onCrash) => {
      ports.push(port)
      if (ports.length > 1 && ports.length <= failing + 1) throw new Error('no room')
      crash = onCrash
      return { port: 4711, stop: async () => stops.push(1) } as unknown as Embedded
    },
  })
  return { supervisor, said, ports, crash: () => crash('lost'), stopped: () => stops.length }
}

test('supervisor – a server that does not start again for long – is tried every ten seconds, said each time, on its port', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const { supervisor, said, ports, crash, stopped } = servers(20)
  await supervisor.begin()
  crash()
  for (let second = 0; second < 180; second++) {
    t.mock.timers.tick(1_000)
    await turn()
  }
  assert.deepEqual(ports, [undefined, ...Array(21).fill(4711)])
  assert.equal(said.filter((words) => /does not start again/.test(words)).length, 20)
  await supervisor.stop()
  assert.equal(stopped(), 1)
})

test('supervisor – stopped while the server is away – ends at once and starts nothing', async () => {
  const { supervisor, ports, crash } = servers(20)
  await supervisor.begin()
  crash()
  await turn()
  const since = performance.now()
  await supervisor.stop()
  assert.ok(performance.now() - since < 500)
  assert.ok(ports.length <= 3)
})
