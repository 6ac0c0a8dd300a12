// The distribution's Prometheus and Alertmanager on loopback, on free ports, in directories that go with them.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  freePort,
  killWatched,
  lastWords,
  runWatched,
} from '@rialto/kernel/testing/servers/watched.ts'
import { poll } from 'rialto/demo/buyer.ts'
import { request } from 'undici'

export const ROOT = join(import.meta.dirname, '../..')
const READY_MS = 20_000

export interface Server {
  readonly url: string
  readonly port: number
  stop(): Promise<void>
}

async function isReady(url: string): Promise<boolean> {
  try {
    const { statusCode, body } = await request(`${url}/-/ready`)
    await body.dump()
    return statusCode === 200
  } catch {
    return false
  }
}

async function start(
  name: string,
  wordsOf: (port: number, data: string) => readonly string[],
): Promise<Server> {
  const directory = mkdtempSync(join(tmpdir(), `rialto-${name}-`))
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const running = runWatched(directory, [name, ...wordsOf(port, directory)])
  const stop = async (): Promise<void> => {
    await killWatched(running, port)
    rmSync(directory, { recursive: true, force: true, maxRetries: 5 })
  }
  const up = await poll(
    async () => (running.shell.exitCode === null ? await isReady(url) : 'ended'),
    (answer) => answer !== false,
    READY_MS,
  )
  if (up !== true) {
    const words = lastWords(directory)
    await stop()
    throw new Error(`${name} did not start:\n${words}`)
  }
  return { url, port, stop }
}

export interface Sample {
  readonly metric: Readonly<Record<string, string>>
  readonly value: number
}

export interface Prometheus extends Server {
  /** Throws what Prometheus says of a query that it cannot answer. */
  query(expr: string): Promise<Sample[]>
  get<T>(path: string): Promise<T>
}

async function getJson<T>(url: string): Promise<T> {
  const { body } = await request(url)
  const answer = (await body.json()) as { status: string; error?: string; data: T }
  if (answer.status !== 'success') throw new Error(`${url}: ${answer.error}`)
  return answer.data
}

interface Answer {
  readonly resultType: string
  readonly result: readonly { metric: Record<string, string>; value: [number, string] }[]
}

/** Starts one with this configuration, a file. */
export async function startPrometheus(config: string): Promise<Prometheus> {
  const server = await start('prometheus', (port, data) => [
    `--config.file=${config}`,
    `--storage.tsdb.path=${data}/data`,
    `--web.listen-address=127.0.0.1:${port}`,
  ])
  const get = <T>(path: string): Promise<T> => getJson<T>(`${server.url}/api/v1/${path}`)
  return {
    ...server,
    get,
    async query(expr) {
      const { result } = await get<Answer>(`query?query=${encodeURIComponent(expr)}`)
      return result.map(({ metric, value: [, text] }) => ({ metric, value: Number(text) }))
    },
  }
}

/** The same of Alertmanager; alone, without a cluster. */
export const startAlertmanager = (config: string): Promise<Server> =>
  start('prometheus-alertmanager', (port, data) => [
    `--config.file=${config}`,
    `--storage.path=${data}/data`,
    `--web.listen-address=127.0.0.1:${port}`,
    '--cluster.listen-address=',
  ])
