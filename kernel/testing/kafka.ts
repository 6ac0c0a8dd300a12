// A real Kafka broker for tests, benches and the demo: one node on loopback, on free ports, in a directory that goes with it.
// Its jars are those that tools/real/kafka.sh brought. A broker whose starter was killed ends with it, by its closed input.

import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import {
  freePort,
  killWatched,
  lastWords,
  listensOn,
  type Running,
  runWatched,
} from './servers/watched.ts'

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

/** A broker whose clients speak TLS with a certificate of their own and log in, as one on a network may ask for. */
export interface BrokerSecurity {
  /** File with its key and certificate, PEM. */
  readonly keystore: string
  /** File with the authority that signs its clients' certificates, PEM. */
  readonly authority: string
  readonly user: string
  readonly password: string
}

interface Ports {
  readonly client: number
  readonly controller: number
  /** Where a secured broker speaks to itself. */
  readonly inner: number
}

const listenersOf = (ports: Ports, security: BrokerSecurity | undefined): string =>
  security === undefined
    ? `
listeners=PLAINTEXT://127.0.0.1:${ports.client},CONTROLLER://127.0.0.1:${ports.controller}
advertised.listeners=PLAINTEXT://127.0.0.1:${ports.client}
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT`
    : `
listeners=SASL_SSL://127.0.0.1:${ports.client},PLAINTEXT://127.0.0.1:${ports.inner},CONTROLLER://127.0.0.1:${ports.controller}
advertised.listeners=SASL_SSL://127.0.0.1:${ports.client},PLAINTEXT://127.0.0.1:${ports.inner}
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SASL_SSL:SASL_SSL
sasl.enabled.mechanisms=SCRAM-SHA-512
listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
ssl.keystore.type=PEM
ssl.keystore.location=${security.keystore}
ssl.truststore.type=PEM
ssl.truststore.location=${security.authority}
listener.name.sasl_ssl.ssl.client.auth=required`

/** Short sessions, so that a restart need not wait for the last incarnation's registration to run out: 9 s, else. */
const propertiesOf = (ports: Ports, data: string, security: BrokerSecurity | undefined): string => `
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:${ports.controller}${listenersOf(ports, security)}
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
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

  async format(ports: Omit<Ports, 'client'>, security?: BrokerSecurity): Promise<void> {
    const data = join(this.#directory, 'data')
    writeFileSync(this.#config, propertiesOf({ ...ports, client: this.#port }, data, security))
    const login = security && `SCRAM-SHA-512=[name=${security.user},password=${security.password}]`
    const format = [
      ...['format', '-t', 'rialto-test-cluster-01', '-c', this.#config],
      ...(login === undefined ? [] : ['--add-scram', login]),
    ]
    const { ended, shell } = this.#run(['kafka.tools.StorageTool', ...format])
    await ended
    if (shell.exitCode !== 0)
      throw new Error(`the broker's storage was not made:\n${lastWords(this.#directory)}`)
  }

  #run(words: readonly string[]): Running {
    return runWatched(this.#directory, ['java', ...this.#java, ...words])
  }

  async restart(): Promise<void> {
    this.#running = this.#run(['kafka.Kafka', this.#config])
    await listensOn(this.#port, this.#running, this.#directory)
  }

  async killHard(): Promise<void> {
    const running = this.#running
    this.#running = undefined
    if (running !== undefined) await killWatched(running, this.#port)
  }

  async stop(): Promise<void> {
    await this.killHard()
    rmSync(this.#directory, { recursive: true, force: true, maxRetries: 5 })
  }
}

/** The lot may draw a port that it drew before, while nobody listens there yet. */
async function threePorts(): Promise<[number, number, number]> {
  const drawn = new Set<number>()
  while (drawn.size < 3) drawn.add(await freePort())
  return [...drawn] as [number, number, number]
}

/** Starts a broker; `jars` as `kafkaJars()` answered. */
export async function startKafka(jars: string, security?: BrokerSecurity): Promise<Broker> {
  const directory = mkdtempSync(join(tmpdir(), 'rialto-kafka-'))
  const [client, controller, inner] = await threePorts()
  const broker = new LoopbackBroker(directory, jars, client)
  try {
    await broker.format({ controller, inner }, security)
    await broker.restart()
    return broker
  } catch (error) {
    await broker.stop()
    throw error
  }
}
