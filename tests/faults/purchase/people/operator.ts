// The operator as the platform has one. An event that was in hand each of the four times the process died is set aside, for all
// the platform knows because of that event. Here it died of us, so the operator sends such an event on, and all must be well.

import { setTimeout as pause } from 'node:timers/promises'
import { callApi } from 'rialto/demo/buyer.ts'
import type { Shop } from '../shop.ts'

const LOGIN = { email: 'operator@demo.rialto.example', password: 'sandbox-operator-1' }
const LOOK_EVERY_MS = 500
/** What our faults leave as the reason of a dead letter. */
const OURS = /^the process died each time|^failpoint /
/** Begins the keys of events that a proof made unreadable: those stay where they are. */
export const POISON = 'poison '

/** Events that were sent on in this process: their place in the order is not that of the log. */
export const sentOn = new Set<string>()

interface Letter {
  readonly event_id: string
  readonly key: string
  readonly error?: string | null
}

interface Desk {
  readonly url: string
  readonly token: string
}

async function sitDown({ url }: Shop): Promise<Desk | undefined> {
  if (url === undefined) return undefined
  const { status, body } = await callApi(url, 'POST /users/login', { body: LOGIN })
  return status === 200 ? { url, token: String(body.access_token) } : undefined
}

/** Sends dead letters to their handlers again: one, or all. */
async function redrive({ url, token }: Desk, eventId?: string): Promise<void> {
  const body = eventId === undefined ? {} : { event_id: eventId }
  const { status } = await callApi(url, 'POST /admin/dead-letters/redrive', { token, body })
  if (status !== 200) throw new Error(`redrive: ${status}`)
}

export async function redriveAll(shop: Shop): Promise<void> {
  const desk = await sitDown(shop)
  if (desk !== undefined) await redrive(desk)
}

/** One look at the list; answers the events that were sent on. */
async function tidyUp(desk: Desk): Promise<string[]> {
  const { body } = await callApi(desk.url, 'GET /admin/dead-letters', { token: desk.token })
  const letters = (body.items as Letter[]).filter(
    ({ key, error }) => !key.startsWith(POISON) && OURS.test(error ?? ''),
  )
  for (const { event_id } of letters) {
    sentOn.add(event_id)
    await redrive(desk, event_id)
  }
  return letters.map(({ event_id }) => event_id)
}

/** Looks after the dead letters until told to stop; answers how often one was sent on. A platform that is away is looked at later. */
export async function lookAfter(shop: Shop, stopped: () => boolean): Promise<number> {
  let sentOn = 0
  let desk: Desk | undefined
  while (!stopped()) {
    try {
      if (desk?.url !== shop.url) desk = await sitDown(shop)
      if (desk !== undefined) sentOn += (await tidyUp(desk)).length
    } catch {
      desk = undefined
    }
    await pause(LOOK_EVERY_MS)
  }
  return sentOn
}
