// The gateway over real HTTP, before the notes of the kernel's tests and a till that has what the gateway treats in a way of its
// own: a provider's webhook, a place where passwords are tried, an account.

import type { TestContext } from 'node:test'
import { gatewayRoutes } from '@rialto/contracts/gateway/http.ts'
import { openApiDocument } from '@rialto/kernel/documents/openapi.ts'
import { kernelMetrics } from '@rialto/kernel/observability/figures.ts'
import { health as openHealth } from '@rialto/kernel/observability/health.ts'
import { openMetrics } from '@rialto/kernel/observability/metrics.ts'
import { route } from '@rialto/kernel/pure/contract.ts'
import { mount } from '@rialto/kernel/service/dispatch.ts'
import { feature, query, reply } from '@rialto/kernel/service/feature.ts'
import type { Service } from '@rialto/kernel/service/service.ts'
import type { TestClock } from '@rialto/kernel/testing/clock.ts'
import { testHost } from '@rialto/kernel/testing/host.ts'
import { openNotes } from '@rialto/kernel/testing/notes.ts'
import { testSecurity } from '@rialto/kernel/testing/security.ts'
import Type from 'typebox'
import type { Parts } from '../config.ts'
import { type GatewayOptions, gateway, openGateway } from '../service.ts'

const hook = route({
  name: 'tell',
  service: 'tills',
  method: 'POST',
  path: '/webhooks/:provider',
  summary: 'What a provider sends.',
  access: 'public',
  raw: true,
  caller: 'PSP',
  params: Type.Object({ provider: Type.String() }),
  body: Type.Unknown(),
  replies: { 200: Type.String() },
})

const signIn = route({
  name: 'signIn',
  service: 'tills',
  method: 'POST',
  path: '/users/login',
  summary: 'A place where passwords are tried.',
  access: 'public',
  replies: { 200: Type.Object({ causes: Type.Array(Type.String()) }) },
})

const refresh = route({
  ...signIn,
  name: 'refresh',
  path: '/users/refresh',
  summary: 'A place where no password is tried.',
})

const whoAmI = route({
  name: 'whoAmI',
  service: 'tills',
  method: 'GET',
  path: '/users/me',
  summary: 'Who asks, and from where.',
  access: ['customer'],
  replies: { 200: Type.Object({ id: Type.String(), ip: Type.String() }) },
})

const tills: Service = {
  ...gateway,
  name: 'tills',
  participant: 'TillSvc',
  features: [
    feature(hook, {
      act: async ({ ctx }) => {
        ctx.flow = 'ord_1'
        return reply(200, 'OK')
      },
    }),
    query(signIn, async ({ ctx }) =>
      reply(200, { causes: ctx.flow === undefined ? [] : [ctx.flow] }),
    ),
    query(refresh, async () => reply(200, { causes: [] })),
    query(whoAmI, async ({ caller, input }) => reply(200, { id: caller.id, ip: input.ip })),
  ],
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: Record<string, unknown>
  readonly text: string
}

interface Asked {
  readonly token?: string
  readonly headers?: Record<string, string>
  readonly body?: string
}

/** Opens it on a port of its own; it is closed when the test ends. */
export async function openTestGateway(
  t: TestContext,
  more: Partial<Omit<GatewayOptions, 'parts'>> = {},
) {
  const notes = await openNotes(t)
  const { env, db } = notes
  const pool = db.poolFor('notes')
  const security = await testSecurity(env)
  const till = mount(tills, { pool, env, parts: {}, clients: () => ({}), append: () => [] })
  const own = await testHost(t, { services: [gateway], clock: env.clock as TestClock })
  const metrics = openMetrics()
  const health = openHealth()
  const table: string[] = []
  const services = [notes.mounted, till]
  const documented = services.flatMap((s) => s.routes.filter((r) => r.access !== 'internal'))
  const openApi = () =>
    openApiDocument([...documented, ...gatewayRoutes], { title: 'Test', version: '1' })
  const host = await openGateway({
    mounted: new Map(services.map((s) => [s.name, s])),
    env,
    parts: own.host.parts.get('gateway') as Parts,
    verifier: security.verifierOf(['public']),
    health,
    metrics,
    figures: kernelMetrics(metrics),
    documents: { openApi, asyncApi: () => ({ asyncapi: '3.0.0' }) },
    extend: (app) => {
      app.addHook('onRoute', ({ method, url, path }) => {
        for (const one of [method].flat()) table.push(`${one} ${url ?? path}`)
      })
    },
    ...more,
  })
  t.after(() => host.close())
  const issue = async (role: 'customer' | 'operator' = 'customer', sub = 'usr_1') =>
    (await security.tokens.issueAccessToken({ sub, roles: [role], sid: 'ses_1' })).token
  const ask = async (method: string, path: string, asked: Asked = {}): Promise<Answer> => {
    const { token, headers = {}, body } = asked
    const answer = await fetch(`${host.url}${path}`, {
      method,
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...headers,
      },
      ...(body === undefined ? {} : { body }),
    })
    const text = await answer.text()
    const isJson = answer.headers.get('content-type')?.includes('json') === true
    return {
      status: answer.status,
      headers: answer.headers,
      text,
      body: isJson && text !== '' ? JSON.parse(text) : {},
    }
  }
  return { ...notes, ask, issue, security, health, table, openApi, clock: env.clock as TestClock }
}

export const MILK = JSON.stringify({ text: 'milk' })
export const refusal = ({ status, body }: Answer): string => `${status} ${body.code}`
