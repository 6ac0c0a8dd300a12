// A real Kafka broker for tests, benches and the demo: one node on loopback, on free ports, in a directory that goes with it.
// Its jars are those that tools/real/kafka.sh brought. A broker whose starter was killed ends with it, by its closed input.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

const READY_MS = 90_000

/** Folder of the jars, or undefined when they or Java are missing. */
export function kafkaJars(): string | undefined {
  const jars = join(import.meta.dirname, '../../.kafka/libs')
  const java = (process.env.PATH ?? '')
    .split(delimiter)
    .some((dir) => existsSync(join(dir, 'java')))
  return java && existsSync(jars) ? jars : undefined
}

export interface Broker {
  /** host:port, the same over restarts. */
  readonly address: string
  /** Ends it and removes the data. */
  stop(): Promise<void>
  /** SIGKILL, as a power cut of the process; resolves when it is gone. */
  killHard(): Promise<void>
  /** On the same port, with the same data. */
  restart(): Promise<void>
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}

/** Short sessions, so that a restart need not wait for the last incarnation's registration to run out: 9 s, else. */
const propertiesOf = (port: number, controllerPort: number, data: string): string => `
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:${controllerPort}
listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}
advertised.listeners=PLAINTEXT://127.0.0.1:${port}
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
log.dirs=${data}
auto.create.topics.enable=false
default.replication.factor=1
offsets.topic.num.partitions=1
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=500
log.cleaner.dedupe.buffer.size=16777216
num.network.threads=2
num.io.threads=2
num.recovery.threads.per.data.dir=1
background.threads=2
controlled.shutdown.enable=false
broker.session.timeout.ms=1500
broker.heartbeat.interval.ms=300
`

const javaArguments = (jars: string): string[] => [
  '-Xms64m',
  '-Xmx256m',
  '-XX:+UseSerialGC',
  '-XX:TieredStopAtLevel=1',
  '-Xshare:auto',
  '-Djava.awt.headless=true',
  '-Dlog4j2.level=WARN',
  '-cp',
  join(jars, '*'),
]

/** The shell stands between us and Java: when our end of its input closes, however we died, it ends the broker and its data. */
const WATCHED = [
  'exec 3<&0',
  '"$@" </dev/null 3<&- &',
  'broker=$!',
  '(cat <&3 >/dev/null; kill -9 $broker; rm -rf "$0") 2>/dev/null &',
  'watcher=$!',
  'wait $broker; code=$?',
  'kill $watcher 2>/dev/null; exit $code',
].join('\n')

interface Running {
  readonly shell: ChildProcess
  readonly ended: Promise<unknown>
}

class LoopbackBroker implements Broker {
  readonly address: string
  readonly #directory: string
  readonly #java: readonly string[]
  readonly #port: number
  #running: Running | undefined

  constructor(directory: string, jars: string, port: number) {
    this.address = `127.0.0.1:${port}`
    this.#directory = directory
    this.#java = javaArguments(jars)
    this.#port = port
  }

  get #config(): string {
    return join(this.#directory, 'server.properties')
  }

  async format(controllerPort: number): Promise<void> {
    writeFileSync(
      this.#config,
      propertiesOf(this.#port, controllerPort, join(this.#directory, 'data')),
    )
    const format = ['format', '-t', 'rialto-test-cluster-01', '-c', this.#config]
    const { ended, shell } = this.#run(['kafka.tools.StorageTool', ...format])
    await ended
    if (shell.exitCode !== 0) throw new Error(`the broker's storage was not made:\n${this.#log()}`)
  }

  #run(words: readonly string[]): Running {
    const log = openSync(join(this.#directory, 'broker.txt'), 'a')
    const shell = spawn('sh', ['-c', WATCHED, this.#directory, 'java', ...this.#java, ...words], {
      stdio: ['pipe', log, log],
      detached: true,
    })
    closeSync(log)
    return { shell, ended: once(shell, 'exit') }
  }

  #log(): string {
    return readFileSync(join(this.#directory, 'broker.txt'), 'utf8').slice(-2_000)
  }

  async restart(): Promise<void> {
    const running = this.#run(['kafka.Kafka', this.#config])
    this.#running = running
    const until = performance.now() + READY_MS
    while (!(await answers(this.#port))) {
      if (running.shell.exitCode !== null || performance.now() > until)
        throw new Error(`the broker did not start:\n${this.#log()}`)
      await pause(50)
    }
  }

  async killHard(): Promise<void> {
    const running = this.#running
    this.#running = undefined
    if (running?.shell.pid === undefined || running.shell.exitCode !== null) return
    // To the group: the shell, its watcher and Java.
    process.kill(-running.shell.pid, 'SIGKILL')
    await running.ended
    while (await answers(this.#port)) await pause(20)
  }

  async stop(): Promise<void> {
    await this.killHard()
    rmSync(this.#directory, { recursive: true, force: true, maxRetries: 5 })
  }
}

/** Whether somebody accepts connections there. */
function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    const end = (found: boolean) => {
      socket.destroy()
      resolve(found)
    }
    socket.once('connect', () => end(true))
    socket.once('error', () => end(false))
  })
}

/** Starts a broker; `jars` as `kafkaJars()` answered. */
export async function startKafka(jars: string): Promise<Broker> {
  const directory = mkdtempSync(join(tmpdir(), 'rialto-kafka-'))
  const broker = new LoopbackBroker(directory, jars, await freePort())
  try {
    await broker.format(await freePort())
    await broker.restart()
    return broker
  } catch (error) {
    await broker.stop()
    throw error
  }
}
