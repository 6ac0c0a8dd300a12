// Where our own server is spoken to: a socket in its data directory, which needs no way through the network's layers (a paid order
// costs a tenth less than over TCP), and 127.0.0.1 where the directory's path does not fit a socket's address.

import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'

/** What fits everywhere; macOS has the least room. */
const PATH_BYTES_MAX = 103

const socketOf = (dataDir: string, port: number): string => join(dataDir, `.s.PGSQL.${port}`)

/** What `-k` is told. A comma would be read as the end of a directory's name. */
export function socketDirectory(dataDir: string, port: number): string {
  const fits = Buffer.byteLength(socketOf(dataDir, port)) <= PATH_BYTES_MAX
  return fits && process.platform !== 'win32' && !/[",]/.test(dataDir) ? dataDir : ''
}

/** A killed server's lock names a process that may be anybody by now. Only for whoever owns the directory. */
export function removeStaleSocket(dataDir: string, port: number): void {
  rmSync(`${socketOf(dataDir, port)}.lock`, { force: true })
}

export interface Place {
  readonly dataDir: string
  readonly port: number
  readonly password: string
}

/** The address of a running server, for the driver and for PostgreSQL's own programs. */
export function serverUrl({ dataDir, port, password }: Place): string {
  const host = existsSync(socketOf(dataDir, port)) ? encodeURIComponent(dataDir) : '127.0.0.1'
  return `postgres://postgres:${encodeURIComponent(password)}@${host}:${port}/postgres`
}
