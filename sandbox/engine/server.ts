// What the HTTP servers of the stand-ins have in common.

import fastify, {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify'
import { ConnectionReset } from './faults.ts'

const BODY_LIMIT_BYTES = 256 * 1024

/** Opens a server that answers failures by `answer`, and cuts the connection where a fault asks for that. */
export function openServer(
  answer: (error: FastifyError, request: FastifyRequest, reply: FastifyReply) => void,
): FastifyInstance {
  const app = fastify({
    bodyLimit: BODY_LIMIT_BYTES,
    exposeHeadRoutes: false,
    // A provider that goes away cuts its connections; what was decided is in the journal.
    forceCloseConnections: true,
  })
  app.setErrorHandler((error: FastifyError, request, reply) => {
    if (!(error instanceof ConnectionReset)) return answer(error, request, reply)
    void reply.hijack()
    request.raw.socket.resetAndDestroy()
  })
  return app
}

/** Each part keeps its own hooks and parsers: a page's forms are no way into the API. */
export function mount(
  app: FastifyInstance,
  prefix: string,
  fill: (part: FastifyInstance) => void,
): void {
  void app.register(
    (part, _options, done) => {
      fill(part)
      done()
    },
    { prefix },
  )
}
