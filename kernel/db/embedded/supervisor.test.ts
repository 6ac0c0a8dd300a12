import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { silentLog } from '../../observability/log.ts'
import type { Embedded } from '../embedded.ts'
import { dropOwnership, takeOwnership } from './cluster.ts'
import { scratchDirectory } from './scratch.ts'
import { Supervisor } from './supervisor.ts'

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

function scratch(t: TestContext): string {
  const directory = scratchDirectory()
  t.after(() => rmSync(directory, { recursive: true, force: true, maxRetries: 5 }))
  return directory
}

function servers(failing: number, takesOver = true) {
  const said: string[] = []
  const ports: (number | undefined)[] = []
  let crash = (_: string): void => undefined
  const stops: number[] = []
  const supervisor = new Supervisor({
    takesOver,
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
  assert.ok(performance.now() - since < 5_000)
  assert.ok(ports.length <= 3)
})

for (const [takesOver, expected] of [
  [true, [4711]],
  [false, []],
] as const)
  test(`supervisor – the process that ran the server ends – is ${takesOver ? '' : 'not '}replaced by one that takes over: ${takesOver}`, async (t) => {
    t.mock.timers.enable({ apis: ['setInterval', 'setTimeout'] })
    const { supervisor, ports } = servers(0, takesOver)
    supervisor.join(join(scratch(t), 'data'), 4711)
    for (let second = 0; second < 5; second++) {
      t.mock.timers.tick(1_000)
      await turn()
    }
    assert.deepEqual(ports, expected)
    await supervisor.stop()
  })

test('supervisor – the joined server was started again on another port – said once, with what helps', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] })
  const dataDir = join(scratch(t), 'data')
  takeOwnership(dataDir)
  t.after(() => dropOwnership(dataDir))
  // Known as a server by its command line.
  const server = spawn('sh', ['-c', 'sleep 60 & wait', '-D', dataDir], {
    stdio: 'ignore',
    detached: true,
  })
  t.after(() => process.kill(-(server.pid ?? 0), 'SIGKILL'))
  await once(server, 'spawn')
  const runsAt = (port: number): void => {
    const startedAt = Math.floor((performance.timeOrigin + performance.now()) / 1000)
    writeFileSync(`${dataDir}/postmaster.pid`, `${server.pid}\n${dataDir}\n${startedAt}\n${port}\n`)
  }
  const { supervisor, said } = servers(0)
  mkdirSync(dataDir)
  runsAt(4711)
  supervisor.join(dataDir, 4711)
  t.mock.timers.tick(3_000)
  assert.deepEqual(said, [])
  runsAt(4712)
  t.mock.timers.tick(3_000)
  assert.equal(said.length, 1)
  assert.match(said[0] ?? '', /runs on another port; restart this process/)
  await supervisor.stop()
})
