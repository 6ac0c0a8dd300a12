// A service that runs elsewhere, as the gateway mounts it: the request goes on as it came, with its own Authorization, which the
// service verifies once more, and beside it the gateway's token, without which the service's door does not open. So who breaks
// into the gateway still cannot speak for a user whose token he does not have.

import { FORWARDED_BY } from '../http/internal.ts'
import type { AnyRoute } from '../pure/contract.ts'
import { problemAnswer, problemOf } from '../service/answer.ts'
import type { Environment } from '../service/context.ts'
import type { Mounted, RawRequest } from '../service/mount.ts'
import type { Service } from '../service/service.ts'
import { passingHeaders } from './callee.ts'
import { type HttpTransport, type Outgoing, pathOf } from './http.ts'

/** Longer than the slowest provider: a payment that is being begun is not to be called lost too early. */
const DEADLINE_MS = 30_000

export interface RemoteOptions {
  readonly transport: HttpTransport
  /** The gateway's own token. */
  readonly token: () => Promise<string>
  readonly env: Environment
}

function bodyOf({ raw, body }: RawRequest): Uint8Array | string | null {
  if (raw !== undefined) return raw
  return body === undefined ? null : JSON.stringify(body)
}

function outgoingOf(route: AnyRoute, request: RawRequest, token: string): Outgoing {
  const { correlation, cause, ip, headers } = request
  const reads = route.method === 'GET'
  return {
    name: `${route.service}.${route.name}`,
    method: route.method,
    path: pathOf(route.path, request.params, request.query),
    headers: {
      ...passingHeaders(headers),
      // Written anew from what was read.
      ...(request.raw === undefined && request.body !== undefined
        ? { 'content-type': 'application/json' }
        : {}),
      [FORWARDED_BY]: token,
      'x-client-ip': ip,
      ...(correlation === undefined ? {} : { 'x-correlation-id': correlation }),
      ...(cause === undefined ? {} : { 'x-cause-id': cause }),
    },
    body: bodyOf(request),
    mayRepeat: reads || (route.idempotent === true && headers['idempotency-key'] !== undefined),
    // The client is told at once; it would otherwise wait while everybody between tries three times.
    insists: false,
    reads,
    withinMs: DEADLINE_MS,
  }
}

/** The service as if it were mounted here. It never throws: what does not answer is a 503 that says what may have been done. */
export function remote(service: Service, options: RemoteOptions): Mounted {
  const { name, participant, features } = service
  const { transport, token, env } = options
  return {
    name,
    participant,
    routes: features.map((feature) => feature.route),
    async call(route, request) {
      try {
        return await transport.send(name, outgoingOf(route, request, await token()))
      } catch (error) {
        const { correlation = env.ids.uuid() } = request
        env.log.warn({ service: name, route: route.name, correlation, err: error }, 'not answered')
        return problemAnswer(problemOf(error, false), correlation)
      }
    },
  }
}
