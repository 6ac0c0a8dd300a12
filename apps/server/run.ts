// Runs a platform until it is told to stop: says where it is, drains on SIGTERM and SIGINT.

import { demoLogins } from '@rialto/contracts/accounts/demo.ts'
import { type PlatformConfig, platformConfig } from '@rialto/kernel/config/platform.ts'
import { BadSettings } from '@rialto/kernel/config/settings.ts'
import { WrongMasterKey } from '@rialto/kernel/crypto/master-key.ts'
import { explainUnusable } from '@rialto/kernel/db/errors.ts'
import { drain } from '@rialto/kernel/host/drain.ts'
import { armFaults } from '@rialto/kernel/testing/failpoint.ts'
import { journalOf, openPlatform, type Platform } from './platform.ts'

type Settings = Readonly<Record<string, string | undefined>>

interface ServerOptions {
  readonly config: PlatformConfig
  readonly json: boolean
  /** Settings of the services, as the environment has them. */
  readonly settings: Settings
}

/** Resolves when it is ready; the process ends when it was drained. */
async function runServer({ config, json, settings }: ServerOptions): Promise<void> {
  const startedAt = performance.now()
  armFaults(config.fault)
  const isWhole = config.services === undefined
  const demo = config.demoData
  const platform = await openPlatform({ config, settings, demo, journal: journalOf(config) })
  const ending = drain({
    log: platform.env.log,
    // The time in which others take over is not taken from what is at hand.
    afterMs: isWhole ? 0 : config.drainNoticeMs,
  })
  ending.add('unready', 'doors', () => platform.leave())
  ending.add('stop', 'platform', () => platform.stop())
  ending.listen()
  // Without one it keeps its usual meaning: the terminal is gone.
  if (config.transit.certificate !== undefined) process.on('SIGHUP', () => renew(platform))
  const ms = Math.round(performance.now() - startedAt)
  const { url, internalUrl, rpcUrl } = platform
  const inside = isWhole ? {} : { internal_url: internalUrl, rpc_url: rpcUrl }
  if (json) process.stdout.write(`${JSON.stringify({ ready: true, url, ...inside, ms })}\n`)
  else if (!isWhole) process.stdout.write(partGreeting(config, platform))
  else process.stdout.write(greeting(config, platform, ms))
}

/** A renewed certificate, without a restart. */
function renew({ env, renewCertificate }: Platform): void {
  try {
    renewCertificate()
    env.log.info({}, 'SIGHUP: the certificate was read again')
  } catch (error) {
    env.log.error({ err: error }, 'SIGHUP: the certificate does not fit; the old one stays')
  }
}

function partGreeting({ services = [] }: PlatformConfig, platform: Platform): string {
  const { url, internalUrl, rpcUrl } = platform
  const lines = [
    `${services.join(', ')}: ready.`,
    ...(url === internalUrl ? [] : [`  Gateway          ${url}`]),
    `  Internal door    ${internalUrl}   health, metrics: ${internalUrl}/health/ready  ${internalUrl}/metrics`,
    ...(rpcUrl === undefined ? [] : [`  gRPC             ${rpcUrl}`]),
  ]
  return `${lines.join('\n')}\n`
}

const LOGINS = [
  '  Demo logins (sandbox passwords)',
  ...demoLogins.map((login) => `    ${login.email.padEnd(32)} ${login.password}`),
  '',
]

function greeting({ demoData }: PlatformConfig, platform: Platform, ms: number): string {
  const { url, sandbox, mailbox } = platform
  const lines = [
    `Rialto is ready after ${Math.round(ms / 100) / 10} s.`,
    '',
    `  Store            ${url}/store`,
    `  Console          ${url}/console`,
    `  Documentation    ${url}/docs`,
    `  API              ${url}/api/v1`,
    `  OpenAPI          ${url}/openapi.json`,
    `  AsyncAPI         ${url}/asyncapi.json`,
    `  Health, metrics  ${url}/health/ready  ${url}/metrics`,
    ...(sandbox === undefined
      ? []
      : [`  Payment sandbox  ${sandbox.url}/sandbox (simulated: no money moves)`]),
    ...(mailbox === undefined
      ? []
      : [`  Mailbox          ${mailbox.url}/mailbox (simulated: nothing is delivered)`]),
    '',
    ...(demoData ? LOGINS : []),
    '  Buy a game from the command line: npx rialto demo purchase',
    '  Stop with Ctrl-C.',
    '',
  ]
  return `${lines.join('\n')}\n`
}

/** What a person can mend is said in words, without a stack; anything else is ours to mend and keeps its stack. */
function explainStart(error: unknown, { DATABASE_URL = '' }: Settings): string | undefined {
  if (error instanceof BadSettings || error instanceof WrongMasterKey) return error.message
  const { code, port, address } = error as { code?: unknown; port?: unknown; address?: unknown }
  if (code === 'EADDRINUSE')
    return `Port ${String(port)} on ${String(address)} is taken by another program. Stop it, or set PORT (0 picks a free one).`
  return DATABASE_URL.trim() === '' ? undefined : explainUnusable(error)
}

/** Starts the platform as the environment asks; one that fails to start tells why and ends, with status 2 for bad settings. */
export async function startServer(settings: Settings, json: boolean): Promise<void> {
  try {
    await runServer({ config: platformConfig(settings), settings, json })
  } catch (error) {
    const words = explainStart(error, settings)
    if (words === undefined) throw error
    process.stderr.write(`Rialto did not start: ${words}\n`)
    process.exit(error instanceof BadSettings ? 2 : 1)
  }
}
