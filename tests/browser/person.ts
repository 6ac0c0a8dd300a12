// What a person does and sees at the screen is in no server's record: who plays the person notes it at that moment, and the run is
// judged with these notes among the recorded messages.

import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { demoLogins } from '@rialto/contracts/accounts/demo.ts'
import type { FlowRecord } from '@rialto/contracts/observer/http.ts'
import type { Interaction } from '@rialto/contracts/observer/interactions.ts'
import { check } from '@rialto/flows/checker/check.ts'
import { purchase } from '@rialto/flows/purchase.ts'
import { showItems } from '@rialto/flows/testing/shown.ts'
import { systemClock } from '@rialto/kernel/host/clock.ts'
import { callApi } from 'rialto/demo/buyer.ts'

const TRIES = 60
const BETWEEN_MS = 500

type Note = Omit<Interaction, 'flow'>

export class Person {
  readonly #notes: Note[] = []

  #note(note: Pick<Note, 'kind' | 'from' | 'to' | 'name' | 'parent'>): string {
    const id = randomUUID()
    this.#notes.push({ ...note, id, at: systemClock.now(), seq: 0, outcome: 'ok', attempt: 1 })
    return id
  }

  /** Asks something of the page; answers what notes that the page has shown the answer. */
  asks(name: string): () => void {
    const parent = this.#note({ kind: 'call', from: 'User', to: 'ClientApp', name })
    return () => {
      this.#note({ kind: 'reply', from: 'ClientApp', to: 'User', name, parent })
    }
  }

  /** Is sent somewhere by the page. */
  isSent(name: string): void {
    this.#note({ kind: 'call', from: 'ClientApp', to: 'User', name })
  }

  /** Does something that is no business of the page. */
  does(name: string): void {
    this.#note({ kind: 'step', from: 'User', to: 'User', name })
  }

  /** The whole run, from the person's first click to what the page showed, is what is drawn; its items are shown. */
  async provesRun(url: string, flow: string, test: string): Promise<void> {
    const token = await operatorOf(url)
    const mine = this.#notes.map((note) => ({ ...note, flow }))
    let said = ''
    for (let tries = 0; tries < TRIES; tries++) {
      const { body, status } = await callApi<FlowRecord>(url, `GET /flows/${flow}`, { token })
      assert.equal(status, 200)
      const all = [...(body.interactions as Interaction[]), ...mine]
      const verdict = check(purchase, all, { quiet: body.quiet, lossy: body.lossy })
      if (verdict.verdict === 'conforms') {
        const ids = showItems(verdict, test, flow)
        for (const id of ['P.01', 'P.17', 'P.18', 'P.45', 'P.46', 'P.51'])
          assert.ok(ids.includes(id), `${id} is not among ${ids.join(', ')}`)
        return
      }
      said = `${verdict.verdict} ${JSON.stringify(verdict.deviations)}`
      await pause(BETWEEN_MS)
    }
    assert.fail(said)
  }
}

async function operatorOf(url: string): Promise<string> {
  const { email, password } = demoLogins.find(({ role }) => role === 'operator') ?? demoLogins[0]
  const { body } = await callApi<{ access_token: string }>(url, 'POST /users/login', {
    body: { email, password },
  })
  return body.access_token
}
