// What the gateway answers itself. Everything else it passes on.

import { route } from '@rialto/kernel/pure/contract.ts'
import Type from 'typebox'
import { closed, oneOf } from '../shapes/fields.ts'
import { gatewayProblems } from './problems.ts'

const Health = closed({
  status: oneOf('live', 'ready', 'not_ready'),
  checks: Type.Array(
    closed({
      name: Type.String(),
      ok: Type.Boolean(),
      ms: Type.Integer(),
      reason: Type.Optional(Type.String()),
    }),
  ),
})

const page = { service: 'gateway', method: 'GET', access: 'public' } as const

export const showLive = route({
  ...page,
  name: 'showLive',
  path: '/health/live',
  summary: 'Whether this process answers at all; if not, restart it.',
  replies: { 200: Health },
})

export const showReady = route({
  ...page,
  name: 'showReady',
  path: '/health/ready',
  summary: 'Whether this process should get requests; to the monitoring also why not.',
  replies: { 200: Health, 503: Health },
})

export const showMetrics = route({
  ...page,
  name: 'showMetrics',
  path: '/metrics',
  summary: 'Figures for Prometheus, in its text format; not there for others than the monitoring.',
  replies: { 200: Type.String() },
})

export const showOpenApi = route({
  ...page,
  name: 'showOpenApi',
  path: '/openapi.json',
  summary: 'This interface as an OpenAPI 3.1 document.',
  replies: { 200: Type.Object({}) },
})

export const showAsyncApi = route({
  ...page,
  name: 'showAsyncApi',
  path: '/asyncapi.json',
  summary: 'The platform’s events as an AsyncAPI 3 document.',
  replies: { 200: Type.Object({}) },
})

/** A WebSocket; its frames are in push.ts. Who it is for is said in the first one: a browser cannot send headers with it. */
export const openPush = route({
  ...page,
  name: 'openPush',
  path: '/push',
  summary: 'A WebSocket that pushes the caller’s own events as they happen, resumable.',
  replies: { 101: Type.Null() },
  problems: [gatewayProblems.upgrade_required, gatewayProblems.origin_not_allowed],
})

export const gatewayRoutes = [showLive, showReady, showMetrics, showOpenApi, showAsyncApi, openPush]
