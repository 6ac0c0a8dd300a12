// The transport between services of one process: the same road through the callee (validation, access, idempotency, its own
// transaction) without the wire. Bodies pass through JSON all the same, or a Date or an undefined would arrive as it left and
// only break when the services are taken apart.

import { Unavailable } from '../pure/failure.ts'
import { serviceCaller } from '../service/context.ts'
import type { Mounted } from '../service/mount.ts'
import type { Transport } from './bind.ts'

/** `find` gives the mounted service of that name; a service that is not up yet is unavailable. */
export function inProcess(find: (service: string) => Mounted | undefined): Transport {
  return {
    async call(route, call) {
      const mounted = find(route.service)
      if (mounted === undefined) throw new Unavailable(`${route.service} is not running`)
      const { idempotencyKey, flow, traceparent, deadline } = call
      return mounted.call(route, {
        params: call.params,
        query: call.query,
        headers: idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey },
        body: call.body === undefined ? undefined : JSON.parse(call.body),
        caller: serviceCaller(call.from),
        ip: '127.0.0.1',
        correlation: call.correlation,
        cause: call.cause,
        ...(flow === undefined ? {} : { flow }),
        ...(traceparent === undefined ? {} : { traceparent }),
        ...(deadline === undefined ? {} : { deadline }),
      })
    },
  }
}
