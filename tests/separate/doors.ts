// What is behind which door: the internal routes as everybody may try them.

import { systemClock } from '@rialto/kernel/host/clock.ts'
import { systemIds } from '@rialto/kernel/host/ids.ts'
import { openSecurity } from '@rialto/kernel/host/security.ts'
import type { AnyRoute } from '@rialto/kernel/pure/contract.ts'
import { services } from '@rialto/server/services.ts'
import { request } from 'undici'
import type { Separate } from './surroundings.ts'

/** Every route that is for services only. */
export const INTERNAL_ROUTES: readonly AnyRoute[] = services
  .flatMap((service) => service.features.map((feature) => feature.route))
  .filter((route) => route.access === 'internal')

/** A service's token, signed with the keys that all processes have. */
export async function serviceToken(
  { shop, masterKey }: Separate,
  service: string,
): Promise<string> {
  const { tokens } = await openSecurity({
    ...{ dataDir: '', masterKey, clock: systemClock, ids: systemIds(systemClock) },
    keys: { pool: shop.pool },
  })
  return tokens.serviceToken(service)
}

/** Knocks at a door with these headers, with a body that fits nothing; answers status and code. */
export async function knock(
  url: string,
  route: AnyRoute,
  headers: Readonly<Record<string, string>> = {},
): Promise<string> {
  const path = route.path.replaceAll(/:[a-z_]+/g, 'x')
  const hasBody = route.method !== 'GET'
  const { statusCode, body } = await request(url + path, {
    method: route.method,
    headers: { ...headers, ...(hasBody ? { 'content-type': 'application/json' } : {}) },
    body: hasBody ? '{"no":"such field"}' : null,
  })
  const text = await body.text()
  const code = text.startsWith('{') ? (JSON.parse(text) as { code?: string }).code : undefined
  return `${statusCode} ${code ?? ''}`.trim()
}
