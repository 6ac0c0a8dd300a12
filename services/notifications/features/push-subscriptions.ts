// The browsers of a user. What identifies one is kept sealed; the hash beside it only says "the same browser".

import {
  addPushSubscription as addRoute,
  getPushKey as keyRoute,
  removePushSubscription as removeRoute,
} from '@rialto/contracts/notifications/http.ts'
import { Problem } from '@rialto/kernel/pure/problem.ts'
import { feature, query, reply } from '@rialto/kernel/service/feature.ts'
import { areUsable } from '../channels/push.ts'
import type { Parts } from '../config.ts'
import { problems } from '../errors.ts'
import {
  deleteSubscription,
  ENDPOINT_INDEX,
  SUBSCRIPTION_COLUMN,
  trimSubscriptions,
  upsertSubscription,
} from '../store.ts'

/** More than a person has; each message is sent to all of them. */
const BROWSERS_MAX = 10

export const addPushSubscription = feature<typeof addRoute, {}, Parts>(addRoute, {
  async act({ input, caller, tx, now, parts }) {
    const { endpoint, keys } = input.body
    if (!parts.pusher.allows(endpoint)) throw new Problem(problems.push_service_not_allowed)
    if (!areUsable(keys)) throw new Problem(problems.push_key_invalid)
    const subscriptionId = tx.ctx.env.ids.next('psh')
    const field = { subject: caller.id, column: SUBSCRIPTION_COLUMN, row: subscriptionId }
    const sealed = await parts.fields.encrypt(tx, field, JSON.stringify({ endpoint, keys }))
    const endpointIndex = await parts.fields.blindIndex(tx, ENDPOINT_INDEX, endpoint)
    const row = { subscriptionId, userId: caller.id, endpointIndex, sealed, atMs: now }
    tx.write(upsertSubscription(row))
    tx.write(trimSubscriptions(caller.id, BROWSERS_MAX))
    return reply(201, { subscription_id: subscriptionId })
  },
})

export const removePushSubscription = feature(removeRoute, {
  async act({ input, caller, tx }) {
    const removed = await tx.run(deleteSubscription(input.params.subscription_id, caller.id))
    if (removed === 0) throw new Problem(problems.unknown_push_subscription)
    return reply(204, null)
  },
})

export const showPushKey = query<typeof keyRoute, {}, Parts>(keyRoute, async ({ parts }) =>
  reply(200, { public_key: parts.pusher.publicKey }),
)
