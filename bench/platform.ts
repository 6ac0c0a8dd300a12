// The platform as `npm start` runs it, in a process of its own, for benches that ask it over HTTP.

import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const SERVER = fileURLToPath(new URL('../apps/server/main.ts', import.meta.url))
const MANY = '100000000'

/** One address asks for everything here, and far more often than a person would. */
const NO_LIMITS = Object.fromEntries(
  [
    ...['GATEWAY_REQUESTS_PER_ADDRESS', 'GATEWAY_SIGN_INS_PER_ADDRESS'],
    ...['GATEWAY_WEBHOOKS_PER_ADDRESS', 'GATEWAY_REQUESTS_PER_ACCOUNT'],
    ...['ACCOUNTS_LOGINS_PER_ADDRESS', 'ACCOUNTS_REGISTRATIONS_PER_ADDRESS'],
  ].map((name) => [name, MANY]),
)

export interface Platform {
  readonly url: string
  readonly pid: number
  /** Ends it as an operator would, and removes its data. */
  stop(): Promise<void>
}

/** Starts it on this database, or on its own throw-away one, and resolves when it is ready. `flags` are Node's. */
export async function startPlatform(
  databaseUrl: string | undefined,
  more: {
    readonly settings?: Readonly<Record<string, string>>
    readonly flags?: readonly string[]
  } = {},
): Promise<Platform> {
  const directory = mkdtempSync(join(tmpdir(), 'rialto-bench-'))
  const { PATH, HOME } = process.env
  const child = spawn(process.execPath, [...(more.flags ?? []), SERVER, '--json'], {
    env: {
      ...(PATH === undefined ? {} : { PATH }),
      ...(HOME === undefined ? {} : { HOME }),
      ...(databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl }),
      ...{ DATA_DIR: directory, PORT: '0', LOG_LEVEL: 'error' },
      MASTER_KEY: randomBytes(32).toString('base64'),
      ...NO_LIMITS,
      ...more.settings,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(child, 'exit')
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM')
    await ended
    rmSync(directory, { recursive: true, force: true })
  }
  for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) {
    const said = JSON.parse(line) as { ready?: boolean; url?: string }
    if (said.ready === true && said.url !== undefined)
      return { url: said.url, pid: child.pid ?? 0, stop }
  }
  await stop()
  throw new Error('the platform ended before it was ready')
}

/** POST, with a key of its own; answers the body. Throws what else was answered. */
export async function post(
  url: string,
  path: string,
  { body, token }: { readonly body: object; readonly token?: string },
): Promise<Record<string, string>> {
  const response = await fetch(`${url}/api/v1${path}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'idempotency-key': randomBytes(16).toString('hex'),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(body),
  })
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
  return (await response.json()) as Record<string, string>
}

/** Logs in a person of the demo data; answers the access token. */
export async function demoToken(url: string, role: 'buyer' | 'operator'): Promise<string> {
  const body = { email: `${role}@demo.rialto.example`, password: `sandbox-${role}-1` }
  return (await post(url, '/users/login', { body })).access_token as string
}
