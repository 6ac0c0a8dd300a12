// Where a demo is played, and how time passes there: on a platform of the demo's own the clock is moved ahead, on any other one
// it is waited for, with a word about it every now and then.

import { setTimeout as pause } from 'node:timers/promises'
import { Failed } from '../command.ts'

export interface Stage {
  readonly url: string
  /** Moves the platform's clock ahead; absent where the platform and its time are another's. */
  readonly advance?: (ms: number) => void
  /** Before a run that deviates is believed to stay so, and before no verdict is a failure; by the machine's own clock. */
  readonly limits?: { readonly busyMs: number; readonly timeoutMs: number }
  /** The platform's time. */
  now(): number
  /** Tells the person who watches. */
  say(text: string): void
}

/** What is waited for. */
export interface Wait<T> {
  readonly words: string
  ask(): Promise<T>
  readonly good: (value: T) => boolean
  /** At the latest, from now on by the machine's own clock. */
  readonly timeoutMs?: number
}

const LOOK_EVERY_MS = 100
const TELL_EVERY_MS = 15_000
/** For what the platform does by itself at once; its slowest sweep runs every 5 s. */
const AT_ONCE_MS = 30_000

/** Asks again until the answer is good. */
export async function waitFor<T>(stage: Stage, wait: Wait<T>): Promise<T> {
  const { words, ask, good, timeoutMs = AT_ONCE_MS } = wait
  const started = performance.now()
  let toldAt = started
  for (;;) {
    const value = await ask()
    if (good(value)) return value
    const now = performance.now()
    const leftMs = started + timeoutMs - now
    if (leftMs < 0) throw new Failed(`waited ${seconds(timeoutMs)} in vain: ${words}`)
    if (now - toldAt > TELL_EVERY_MS) {
      toldAt = now
      stage.say(`… ${words}; at most ${seconds(leftMs)} more`)
    }
    await pause(Math.min(LOOK_EVERY_MS + (now - started) / 20, 2_000))
  }
}

/** The same after some of the platform's time has passed. */
export async function waitThrough<T>(stage: Stage, ms: number, wait: Wait<T>): Promise<T> {
  if (stage.advance === undefined) {
    stage.say(`${wait.words}: this platform’s time passes by itself, up to ${seconds(ms)}`)
    return waitFor(stage, { ...wait, timeoutMs: ms + AT_ONCE_MS })
  }
  stage.advance(ms)
  stage.say(`the clock was moved ahead by ${seconds(ms)}`)
  return waitFor(stage, wait)
}

export const seconds = (ms: number): string =>
  ms < 120_000 ? `${Math.round(ms / 1_000)} s` : `${Math.round(ms / 60_000)} min`
