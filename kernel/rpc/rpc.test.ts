import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import * as grpc from '@grpc/grpc-js'
import { loadFileDescriptorSetFromBuffer } from '@grpc/proto-loader'
import { ServicePool } from '../db/pool.ts'
import { type Logger, silentLog } from '../observability/log.ts'
import { Unavailable } from '../pure/failure.ts'
import type { Interaction } from '../pure/interaction.ts'
import { Problem, problems } from '../pure/problem.ts'
import { anonymous, Context, type Environment, serviceCaller } from '../service/context.ts'
import { testClock } from '../testing/clock.ts'
import { testIds } from '../testing/ids.ts'
import { type RpcTransport, rpcClient } from './client.ts'
import { Echo, type EchoCalls, echoDescriptorSet, type Say } from './echo.fixture.ts'
import { type MountedRpc, mountRpcs } from './mount.ts'
import { openRpc } from './server.ts'

const refusals = problems('echo', {
  unknown_word: [404, 'Unknown word', 'Say another one.'],
  too_often: [429, 'Too often', 'Wait.', 'safe'],
})

const TOKEN = 'a-service-token'

function environment(series: number, log: Logger = silentLog) {
  const recorded: Interaction[] = []
  const env: Environment = {
    clock: testClock(),
    ids: testIds(series),
    log,
    recorder: { record: (interactions) => recorded.push(...interactions) },
  }
  return { env, recorded }
}

/** Says back what it hears; some words make it fail in each of the ways there are. */
async function say({ text, amountMinor }: Say): Promise<Say & { caller: string }> {
  switch (text) {
    case 'unknown':
      throw new Problem(refusals.unknown_word, {
        detail: 'no such word: “ünknown”',
        facts: { text },
      })
    case 'often':
      throw new Problem(refusals.too_often, { retryAfterSeconds: 3 })
    case 'down':
      throw new Unavailable('the database is not reachable')
    case 'bug':
      throw new TypeError('secret of the house')
    case 'slow':
      return new Promise(() => undefined)
    default:
      return { text, amountMinor, caller: 'x' }
  }
}

function mounted(log?: Logger): MountedRpc {
  const { env } = environment(2, log)
  // Never connects: nothing in these tests reads.
  const pool = new ServicePool({})
  const [rpc] = mountRpcs({
    service: {
      name: 'echo',
      participant: 'EchoSvc',
      rpcs: [{ descriptor: Echo, implement: () => ({ say }) }],
    },
    env,
    pool,
    parts: {},
  })
  return rpc!
}

async function serve(t: TestContext, rpc: MountedRpc = mounted()) {
  const server = await openRpc({
    rpcs: [rpc],
    host: '127.0.0.1',
    port: 0,
    log: silentLog,
    verify: (token) => Promise.resolve(token === TOKEN ? serviceCaller('orders') : anonymous),
  })
  t.after(() => server.close())
  return server
}

const context = (env: Environment) =>
  new Context(env, {
    service: 'orders',
    participant: 'OrderSvc',
    caller: anonymous,
    correlation: 'corr-1',
    cause: 'cause-1',
    flow: 'ord_1',
  })

/** Both transports, each with its own caller's context. */
async function both(
  t: TestContext,
  work: (calls: EchoCalls, ctx: Context) => Promise<unknown>,
  timeoutMs = 10_000,
) {
  const rpc = mounted()
  const server = await serve(t, rpc)
  const transports: RpcTransport[] = [
    { kind: 'in-process', rpc, caller: serviceCaller('orders'), log: silentLog },
    { kind: 'network', urls: [server.url], token: () => Promise.resolve(TOKEN) },
  ]
  const answers = []
  for (const transport of transports) {
    const { env, recorded } = environment(1)
    const client = rpcClient(Echo, { transport, participant: 'EchoSvc', timeoutMs })
    const ctx = context(env)
    const outcome = await work(client.for(ctx) as unknown as EchoCalls, ctx).catch(
      (e: unknown) => e,
    )
    ctx.end()
    client.close()
    answers.push({ outcome, recorded })
  }
  const [local, remote] = answers
  assert.ok(local && remote)
  return { local, remote }
}

describe('rpc', { timeout: 120_000 }, () => {
  test('call – over both transports – same answer, int64 whole, same interactions', async (t) => {
    const amountMinor = 9_007_199_254_740_993n
    const { local, remote } = await both(t, (calls) => calls.say({ text: 'héllo', amountMinor }))
    const { text, amountMinor: back } = local.outcome as Say
    assert.deepEqual({ text, back }, { text: 'héllo', back: amountMinor })
    assert.deepEqual(remote.outcome, local.outcome)
    assert.deepEqual(remote.recorded, local.recorded)
    const [called, replied] = local.recorded
    assert.ok(called && replied)
    const { id, at: _at, ...call } = called
    assert.deepEqual(call, {
      flow: 'ord_1',
      parent: 'cause-1',
      from: 'OrderSvc',
      to: 'EchoSvc',
      kind: 'call',
      name: 'rpc Say',
      outcome: 'ok',
      attempt: 1,
      seq: 1,
    })
    assert.deepEqual(
      {
        parent: replied.parent,
        from: replied.from,
        to: replied.to,
        kind: replied.kind,
        name: replied.name,
      },
      { parent: id, from: 'EchoSvc', to: 'OrderSvc', kind: 'reply', name: 'rpc Say' },
    )
  })

  test('refusal – over both transports – the same Problem, and its status as the reply', async (t) => {
    for (const [text, kind] of [
      ['unknown', refusals.unknown_word],
      ['often', refusals.too_often],
    ] as const) {
      const { local, remote } = await both(t, (calls) => calls.say({ text }))
      assert.ok(local.outcome instanceof Problem && remote.outcome instanceof Problem)
      assert.deepEqual(local.outcome.kind, kind)
      assert.deepEqual(remote.outcome.body(), local.outcome.body())
      assert.deepEqual(remote.recorded, local.recorded)
      assert.equal(local.recorded[1]?.outcome, String(kind.status))
    }
    const { remote } = await both(t, (calls) => calls.say({ text: 'unknown' }))
    const { detail, facts } = (remote.outcome as Problem).body()
    assert.deepEqual(
      { detail, facts },
      { detail: 'no such word: “ünknown”', facts: { text: 'unknown' } },
    )
  })

  test('no answer – callee down, failing or too slow – Unavailable, and nothing of the inside told', async (t) => {
    for (const [text, status, timeoutMs] of [
      ['down', '503', 10_000],
      ['bug', '500', 10_000],
      ['slow', '504', 300],
    ] as const) {
      const { local, remote } = await both(t, (calls) => calls.say({ text }), timeoutMs)
      for (const { outcome, recorded } of [local, remote]) {
        assert.ok(outcome instanceof Unavailable, `${text}: ${outcome}`)
        assert.doesNotMatch(outcome.message, /secret|database/)
        assert.equal(recorded[1]?.outcome, status)
      }
    }
    const client = rpcClient(Echo, {
      transport: {
        kind: 'network',
        urls: ['http://127.0.0.1:9'],
        token: () => Promise.resolve(TOKEN),
      },
      participant: 'EchoSvc',
    })
    t.after(() => client.close())
    const calls = client.for(context(environment(1).env)) as unknown as EchoCalls
    await assert.rejects(calls.say({ text: 'x' }), Unavailable)
  })

  test('bug – in the callee – in its log', async () => {
    const lines: string[] = []
    const log: Logger = { ...silentLog, error: (fields) => lines.push(String(fields.error)) }
    const rpc = mounted(log)
    const transport: RpcTransport = {
      kind: 'in-process',
      rpc,
      caller: serviceCaller('orders'),
      log,
    }
    const client = rpcClient(Echo, { transport, participant: 'EchoSvc' })
    const calls = client.for(context(environment(1).env)) as unknown as EchoCalls
    await assert.rejects(calls.say({ text: 'bug' }))
    assert.deepEqual(lines, ['TypeError: secret of the house'])
  })

  test('callee – gets caller, correlation, cause and flow; the flow it finds comes back', async (t) => {
    const seen: unknown[] = []
    const inner = mounted()
    const rpc: MountedRpc = {
      ...inner,
      open(request) {
        const { cause, ...rest } = request
        seen.push({ ...rest, cause: typeof cause })
        return { ...inner.open(request), end: () => 'ord_found' }
      },
    }
    const server = await serve(t, rpc)
    const client = rpcClient(Echo, {
      transport: { kind: 'network', urls: [server.url], token: () => Promise.resolve(TOKEN) },
      participant: 'EchoSvc',
    })
    t.after(() => client.close())
    for (const text of ['hello', 'unknown']) {
      const ctx = new Context(environment(1).env, {
        service: 'orders',
        participant: 'OrderSvc',
        caller: anonymous,
        correlation: 'corr-1',
      })
      await (client.for(ctx) as unknown as EchoCalls).say({ text }).catch(() => undefined)
      assert.equal(ctx.flow, 'ord_found')
    }
    const expected = { caller: serviceCaller('orders'), correlation: 'corr-1', cause: 'string' }
    assert.deepEqual(seen, [expected, expected])
  })

  test('token – missing, or not a service’s – refused with its code', async (t) => {
    const server = await serve(t)
    const expected = { '': 'rpc.unauthenticated', foreign: 'rpc.forbidden' }
    for (const [token, code] of Object.entries(expected)) {
      const client = rpcClient(Echo, {
        transport: { kind: 'network', urls: [server.url], token: () => Promise.resolve(token) },
        participant: 'EchoSvc',
      })
      const calls = client.for(context(environment(1).env)) as unknown as EchoCalls
      await assert.rejects(
        calls.say({ text: 'x' }),
        (e: unknown) => e instanceof Problem && e.kind.code === code,
      )
      client.close()
    }
  })

  test('grpc-js – with the token – is answered; refused – status and problem readable', async (t) => {
    const server = await serve(t)
    const definition = loadFileDescriptorSetFromBuffer(echoDescriptorSet, {
      longs: String,
      keepCase: true,
    })
    const Stub = grpc.makeGenericClientConstructor(
      definition['fixture.v1.Echo'] as grpc.ServiceDefinition,
      'Echo',
    )
    const stub = new Stub(server.url.replace('http://', ''), grpc.credentials.createInsecure())
    t.after(() => stub.close())
    const metadata = new grpc.Metadata()
    metadata.set('authorization', `Bearer ${TOKEN}`)
    const ask = (text: string) =>
      new Promise<{ error: grpc.ServiceError | null; answer: unknown }>((resolve) => {
        const input = { text, amount_minor: '9007199254740993' }
        stub.say?.(input, metadata, (error: grpc.ServiceError | null, answer: unknown) =>
          resolve({ error, answer }),
        )
      })
    const { error, answer } = await ask('hello')
    assert.equal(error, null)
    const { text, amount_minor } = answer as Record<string, unknown>
    assert.deepEqual({ text, amount_minor }, { text: 'hello', amount_minor: '9007199254740993' })
    const refused = await ask('unknown')
    assert.equal(refused.error?.code, grpc.status.NOT_FOUND)
    const [body] = refused.error?.metadata.get('x-problem-bin') ?? []
    assert.equal(JSON.parse(String(body)).code, 'echo.unknown_word')
  })
})
