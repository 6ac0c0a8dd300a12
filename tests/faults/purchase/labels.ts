// Where the platform can be killed: every failpoint of the source, how it is reached, and what has to be done to get there.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  OrderPaymentInitiationRequested,
  OrderProcessingCompleted,
} from '@rialto/contracts/orders/events.ts'
import { services } from '@rialto/server/services.ts'
import type { Chance } from '../log/random.ts'
import type { Crowd } from './people/buyer.ts'
import { POISON, redriveAll } from './people/operator.ts'
import type { Shop } from './shop.ts'

const ROOT = join(import.meta.dirname, '../../..')
/** A service that does not run yet owes nothing yet. */
const SOURCES = ['kernel', 'apps', 'sandbox', ...services.map(({ name }) => `services/${name}`)]

/** Labels that stand in the source, so that a new failpoint cannot be forgotten. */
export function labelsInSource(): string[] {
  const found = SOURCES.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ts') && !path.includes('node_modules'))
      .filter((path) => !path.endsWith('.test.ts'))
      .flatMap((path) => {
        const text = readFileSync(join(ROOT, folder, path), 'utf8')
        return [...text.matchAll(/(?<!function )failpoint\(([^)]*)\)/g)].flatMap((call) =>
          [...(call[1] ?? '').matchAll(/'([a-z_]+\.[a-z_]+)'/g)].map((label) => label[1] ?? ''),
        )
      }),
  )
  return [...new Set(found)].sort()
}

export interface Place {
  /** `start`: passed before the platform is ready; it is armed with the process. */
  readonly at: 'start' | 'work'
  /** The highest hit that a few purchases surely reach. */
  readonly nthMax: number
  /** Other faults that lead there. */
  readonly with?: string
  /** How people buy, where that alone leads there. */
  readonly buy?: (crowd: Crowd) => Promise<void>
  /** What else leads there. */
  readonly provoke?: (shop: Shop) => Promise<void>
}

/** One that is handled by itself, and one that a group takes in batches and looks into before. */
const POISON_TYPES = [OrderPaymentInitiationRequested, OrderProcessingCompleted]

/** An event that no handler can read goes straight to the dead letters. Its key is nobody's, and new each time. */
export async function publishPoison({ pool }: Shop): Promise<void> {
  await pool.query(
    `select bus.append(jsonb_build_array(jsonb_build_object('t', id, 'p', 0, 'i', gen_random_uuid(), 'k', $3 || gen_random_uuid(),
       'y', type, 'v', 1, 's', 'test', 'o', clock_timestamp(), 'h', '{"correlation":"poison"}'::jsonb, 'd', '{}'::jsonb)))
       from bus.topics join unnest($1::text[], $2::text[]) p(type, name) using (name)`,
    [POISON_TYPES.map(({ type }) => type), POISON_TYPES.map(({ topic }) => topic), POISON],
  )
}

/** As a member that was frozen and overtaken finds it: somebody else's epoch on all that it reads. */
async function fence({ pool }: Shop): Promise<void> {
  await pool.query('update bus.cursors set epoch = epoch + 1')
}

/** Every one: a batch that fails is only halved, and a number of failures could be used up before one event stands alone. */
const ALL_HANDLERS_FAIL = 'consume.before_commit:*:throw'

const work = (nthMax = 3): Place => ({ at: 'work', nthMax })
/** Where money goes back. */
const refund: Place = { ...work(2), buy: (crowd) => crowd.buyTwice() }

export const PLACES: Readonly<Record<string, Place>> = {
  'migrate.step': { at: 'start', nthMax: 6 },
  'lease.acquired': { at: 'start', nthMax: 40 },
  'http.accepted': work(),
  'idem.reserved': work(),
  'tx.before_append': work(12),
  'tx.commit_sent': work(12),
  'tx.committed': work(12),
  'http.before_reply': work(),
  'consume.polled': work(6),
  'consume.handler_start': work(8),
  'consume.before_commit': work(8),
  'consume.committed': work(8),
  'retry.scheduled': { at: 'work', nthMax: 1, with: ALL_HANDLERS_FAIL },
  'dlq.written': { at: 'work', nthMax: 1, provoke: publishPoison },
  'redrive.started': { at: 'work', nthMax: 1, provoke: redriveAll },
  'lease.lost': { at: 'work', nthMax: 4, provoke: fence },
  'psp.before_call': work(2),
  'psp.sent': work(2),
  'psp.reply_received': work(2),
  'psp.recorded': work(2),
  'webhook_in.stored': work(2),
  'webhook_in.replied': work(2),
  'refund.before_call': refund,
  'refund.sent': refund,
  'refund.reply_received': refund,
  'refund.recorded': refund,
  'fiscal.sent': work(2),
  'fiscal.recorded': work(2),
  'notification.before_call': work(4),
  'notification.answered': work(4),
  'shutdown.draining': {
    at: 'work',
    nthMax: 1,
    provoke: async ({ platform }) => platform.signal('SIGTERM'),
  },
}

export interface Kill {
  readonly label: string
  readonly nth: number
  /** The restart dies too, here. */
  readonly again?: string
}

/** Failpoints that every start passes, so that the restart after a kill can be killed there. */
const AGAIN = ['tx.before_append', 'tx.commit_sent', 'tx.committed', 'lease.acquired'] as const

/** A schedule: every label once, in an order and at hits that the seed draws. A first start migrates, so that kill comes first. */
export function drawKills(chance: Chance, doubles: number): Kill[] {
  const rest = Object.keys(PLACES).filter((label) => label !== 'migrate.step')
  const order = ['migrate.step']
  while (rest.length > 0) order.push(...rest.splice(chance.below(rest.length), 1))
  const kills = order.map((label) => ({
    label,
    nth: 1 + chance.below(PLACES[label]?.nthMax ?? 1),
  }))
  const doubled = new Set(Array.from({ length: doubles }, () => chance.below(kills.length)))
  return kills.map((kill, i) =>
    doubled.has(i) ? { ...kill, again: `${chance.pick(AGAIN)}:${1 + chance.below(6)}` } : kill,
  )
}
