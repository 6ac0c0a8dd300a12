// Runs a platform until it is told to stop: says where it is, drains on SIGTERM and SIGINT.

import { demoLogins } from '@rialto/contracts/accounts/demo.ts'
import type { PlatformConfig } from '@rialto/kernel/config/platform.ts'
import { BadSettings } from '@rialto/kernel/config/settings.ts'
import { drain } from '@rialto/kernel/host/drain.ts'
import { armFaults } from '@rialto/kernel/testing/failpoint.ts'
import { journalOf, openPlatform, type Platform } from './platform.ts'

export interface ServerOptions {
  readonly config: PlatformConfig
  readonly json: boolean
}

/** Starts the platform and resolves when it is ready; the process ends when it was drained. */
export async function runServer({ config, json }: ServerOptions): Promise<void> {
  const startedAt = performance.now()
  armFaults(config.fault)
  const platform = await openPlatform({ config, demo: true, journal: journalOf(config) })
  const ending = drain({ log: platform.env.log })
  ending.add('stop', 'platform', () => platform.stop())
  ending.listen()
  const ms = Math.round(performance.now() - startedAt)
  if (json) process.stdout.write(`${JSON.stringify({ ready: true, url: platform.url, ms })}\n`)
  else process.stdout.write(greeting(platform, ms))
}

function greeting(platform: Platform, ms: number): string {
  const { url, sandbox } = platform
  const lines = [
    `Rialto is ready after ${(ms / 1_000).toFixed(1)} s.`,
    '',
    `  API              ${url}/api/v1`,
    `  OpenAPI          ${url}/openapi.json`,
    `  AsyncAPI         ${url}/asyncapi.json`,
    `  Health, metrics  ${url}/health/ready  ${url}/metrics`,
    ...(sandbox === undefined
      ? []
      : [`  Payment sandbox  ${sandbox.url}/sandbox (simulated: no money moves)`]),
    '',
    '  Demo logins (sandbox passwords)',
    ...demoLogins.map((login) => `    ${login.email.padEnd(32)} ${login.password}`),
    '',
    '  Buy a game from the command line: npx rialto demo purchase',
    '  Stop with Ctrl-C.',
    '',
  ]
  return `${lines.join('\n')}\n`
}

/** A start that failed for what the operator has set says so in his words, without a stack. */
export const sayBadSettings = (error: unknown): boolean => {
  if (!(error instanceof BadSettings)) return false
  process.stderr.write(`${error.message}\n`)
  return true
}
