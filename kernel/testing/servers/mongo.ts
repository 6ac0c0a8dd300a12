// A server that speaks MongoDB's wire protocol, for tests: mongo-java-server with its documents in a file, which tools/real/mongo.sh
// brought. It is not MongoDB: it has no transactions, no change streams and no expiry, and nothing about those can be shown on it.
// Every answer waits until what was asked is in the file, so that what was acknowledged survives a kill, as with a journal.

import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { freePort, killWatched, listensOn, type Running, runWatched } from './watched.ts'

/** Folder of the server, or undefined when it or Java is missing. */
export function mongoServer(): string | undefined {
  const home = join(import.meta.dirname, '../../../.mongo')
  const java = (process.env.PATH ?? '')
    .split(delimiter)
    .some((dir) => existsSync(join(dir, 'java')))
  return java && existsSync(join(home, 'classes/Server.class')) ? home : undefined
}

export interface MongoServer {
  /** For `MONGODB_URL`; the same over restarts. */
  readonly url: string
  /** Ends it and removes the data. */
  stop(): Promise<void>
  /** SIGKILL, as a power cut of the process; resolves when it is gone. */
  killHard(): Promise<void>
  /** On the same port, with the same data; `empty`: as one whose disk was lost too. */
  restart(options?: { empty: boolean }): Promise<void>
}

/** Starts one; `home` as `mongoServer()` answered. */
export async function startMongo(home: string): Promise<MongoServer> {
  const directory = mkdtempSync(join(tmpdir(), 'rialto-mongo-'))
  const port = await freePort()
  const file = join(directory, 'documents')
  const classPath = [join(home, 'classes'), join(home, 'libs/*')].join(delimiter)
  const java = ['java', '-Xmx128m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-cp', classPath]
  let running: Running | undefined

  const killHard = async (): Promise<void> => {
    if (running !== undefined) await killWatched(running, port)
    running = undefined
  }
  const restart = async (options?: { empty: boolean }): Promise<void> => {
    if (options?.empty === true) rmSync(file, { force: true })
    running = runWatched(directory, [...java, 'Server', file, String(port)])
    await listensOn(port, running, directory)
  }
  const stop = async (): Promise<void> => {
    await killHard()
    rmSync(directory, { recursive: true, force: true, maxRetries: 5 })
  }
  try {
    await restart()
  } catch (error) {
    await stop()
    throw error
  }
  return { url: `mongodb://127.0.0.1:${port}/rialto`, stop, killHard, restart }
}
