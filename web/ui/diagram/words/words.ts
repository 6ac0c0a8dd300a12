// What the diagram says. Plain values instead of a namespace of the page, because both pages load the diagram late and its words
// with it, and because sentences are made outside of components too.

import type { DeviationType } from '@rialto/flows/checker/verdict.ts'
import { SECOND } from '@rialto/kernel/pure/time.ts'

/** A message in the reader's words; participants are already named. */
export interface Spoken {
  readonly kind: string
  readonly from: string
  readonly to: string
  readonly name: string
  readonly outcome?: string
}

/** A time between two messages, as the language writes it. */
export function passedIn(tag: string, [milliseconds, seconds]: readonly [string, string]) {
  const whole = new Intl.NumberFormat(tag, { signDisplay: 'always', maximumFractionDigits: 0 })
  const parts = new Intl.NumberFormat(tag, { signDisplay: 'always', maximumFractionDigits: 2 })
  return (ms: number): string =>
    Math.abs(ms) < SECOND
      ? `${whole.format(ms)} ${milliseconds}`
      : `${parts.format(ms / SECOND)} ${seconds}`
}

export interface DiagramWords {
  readonly participants: Readonly<Record<string, string>>
  readonly say: (message: Spoken) => string
  readonly differs: Readonly<Record<DeviationType, (message: string) => string>>
  readonly verdict: Readonly<Record<'conforms' | 'running' | 'deviates' | 'inconclusive', string>>
  readonly sentence: (v: {
    readonly verdict: 'conforms' | 'running' | 'deviates' | 'inconclusive'
    readonly seen: number
    readonly required: number
    readonly deviations: number
  }) => string
  readonly branches: (names: readonly string[]) => string
  /** `+12 ms`, `+3.42 s` after another message. */
  readonly passed: (ms: number) => string
  readonly awaited: string
  readonly added: string
  readonly repeat: string
  readonly times: (n: number) => string
  readonly folded: (n: number) => string
  readonly unfolded: (n: number) => string
  readonly marks: Readonly<Record<string, string>>
  readonly ui: Readonly<
    Record<
      | 'title'
      | 'drawn'
      | 'recorded'
      | 'sideBySide'
      | 'recordedOnly'
      | 'differences'
      | 'list'
      | 'view'
      | 'steps'
      | 'additions'
      | 'exportSvg'
      | 'exportMermaid'
      | 'noDifferences'
      | 'differencesTitle'
      | 'follow'
      | 'keys'
      | 'nothing'
      | 'message'
      | 'time'
      | 'state'
      | 'close'
      | 'from'
      | 'to'
      | 'kind'
      | 'name'
      | 'outcome'
      | 'attempt'
      | 'at'
      | 'sinceStart'
      | 'sinceCause'
      | 'ids'
      | 'id'
      | 'cause'
      | 'flow'
      | 'repeats'
      | 'payload'
      | 'noPayload'
      | 'item'
      | 'notRecorded'
      | 'previous'
      | 'next'
      | 'toCause'
      | 'toEffect'
      | 'copyLink'
      | 'copied',
      string
    >
  >
}
