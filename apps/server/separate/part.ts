// Which part of the platform a process is: all of it, or the services that it was started for. What it asks of others must have
// an address; a missing one is found at the start, not by the first customer.

import type { PlatformConfig } from '@rialto/kernel/config/platform.ts'
import { BadSettings } from '@rialto/kernel/config/settings.ts'
import type { Service } from '@rialto/kernel/service/service.ts'

export interface Part {
  readonly here: readonly Service[]
  readonly elsewhere: readonly Service[]
  /** Nothing of the platform runs anywhere else. */
  readonly whole: boolean
  /** Has the door to the outside. */
  readonly isGateway: boolean
  /** Services elsewhere that this process waits for before it is ready. */
  readonly awaited: ReadonlySet<string>
}

type Uses = Service['uses'][number]

const isRpc = (use: Uses): boolean => !('routes' in use)

/** Services that run elsewhere and are called from here: by typed client, by rpc. */
export function calledBy({
  here,
  elsewhere,
  isGateway,
}: Pick<Part, 'here' | 'elsewhere' | 'isGateway'>) {
  const away = new Set(elsewhere.map((service) => service.name))
  const uses = here.flatMap((service) => [...service.uses]).filter((use) => away.has(use.service))
  const named = (wanted: (use: Uses) => boolean) => uses.filter(wanted).map((use) => use.service)
  const forwarded = isGateway ? elsewhere.filter((s) => s.features.length > 0) : []
  return {
    http: [...new Set([...named((use) => !isRpc(use)), ...forwarded.map((s) => s.name)])],
    rpc: [...new Set(named(isRpc))],
    /** What services here cannot do without. */
    needed: {
      http: [...new Set(named((use) => !isRpc(use)))],
      rpc: [...new Set(named(isRpc))],
    },
  }
}

/** Whether a service asks another one, itself or through those whom it asks. */
function leadsTo(from: string, to: string, all: readonly Service[]): boolean {
  const found = new Set([from])
  for (const name of found)
    for (const use of all.find((service) => service.name === name)?.uses ?? [])
      found.add(use.service)
  return found.has(to)
}

/**
 * Whom these services wait for at the start: all whom they ask. Of those that ask each other the later in the order of start waits
 * for the earlier: where an address leads only to processes that are ready, both would wait for ever.
 */
export function awaitedBy(here: readonly Service[], all: readonly Service[]): Set<string> {
  const place = (name: string): number => all.findIndex((service) => service.name === name)
  return new Set(
    here.flatMap(({ name, uses }) =>
      uses
        .map((use) => use.service)
        .filter((other) => place(other) < place(name) || !leadsTo(other, name, all)),
    ),
  )
}

/** Whom services here talk to outside the platform, and no address of them is set. */
function missingParts(config: PlatformConfig, names: ReadonlySet<string>): string[] {
  const wanting: readonly (readonly [string, string, unknown])[] = [
    ['payments', 'YOOKASSA_URL', config.yookassa],
    ['payments', 'ATOL_URL', config.atol],
    ['notifications', 'SMTP_URL', config.smtpUrl],
  ]
  return wanting
    .filter(([service, , value]) => names.has(service) && value === undefined)
    .map(([service, setting]) => `${setting}: got nothing, expected an address for ${service}`)
}

/** Finds out what this process is. Throws `BadSettings`. */
export function partOf(config: PlatformConfig, all: readonly Service[]): Part {
  const known = all.map((service) => service.name)
  if (config.services === undefined) {
    // A process that is all of it plays what is missing, unless that is forbidden.
    const missing = config.requireReal ? missingParts(config, new Set(known)) : []
    if (missing.length > 0)
      throw new BadSettings(missing.map((line) => `${line} because REQUIRE_REAL is set`))
    return { here: all, elsewhere: [], whole: true, isGateway: true, awaited: new Set() }
  }
  const names = new Set(config.services)
  const unknown = [...names].filter((name) => !known.includes(name))
  if (unknown.length > 0)
    throw new BadSettings([
      `SERVICES: there is no ${unknown.join(', ')}; there are ${known.join(', ')}`,
    ])
  const here = all.filter((service) => names.has(service.name))
  const part: Part = {
    here,
    elsewhere: all.filter((service) => !names.has(service.name)),
    whole: false,
    isGateway: names.has('gateway'),
    awaited: awaitedBy(here, all),
  }
  const called = calledBy(part)
  const missing = [
    ...called.http
      .filter((name) => !config.serviceUrls.has(name))
      .map((name) => `SERVICE_URLS: got no address of ${name}, expected ${name}=http://…`),
    ...called.rpc
      .filter((name) => !config.rpcUrls.has(name))
      .map((name) => `RPC_URLS: got no address of ${name}, expected ${name}=http://…`),
    // Of several processes each would play a world of its own.
    ...missingParts(config, names),
  ]
  if (missing.length > 0) throw new BadSettings(missing)
  return part
}
