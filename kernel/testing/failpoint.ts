// Named places at which a test can make the process die, fail or wait: FAULT=label:nth:action, several separated by commas. As
// nth, * means every time.
// Actions: kill (SIGKILL to ourselves, as a power cut of the process), throw, delay-<ms>, hold (until other faults are armed).
// Without FAULT a failpoint is one comparison, so they stay in production code, where the worst crashes happen.

interface Fault {
  readonly label: string
  readonly nth: number | '*'
  readonly action: string
}

/** Parses `label:nth:action,…`, nth being a number or `*`. Throws on anything else: a misspelt fault would make a test pass for nothing. */
export function parseFaults(text: string): Fault[] {
  return text
    .split(',')
    .filter((part) => part !== '')
    .map((part) => {
      const [label, nth, action] = part.split(':')
      if (
        !label ||
        !action ||
        !/^([1-9]\d*|\*)$/.test(nth ?? '') ||
        !/^(kill|throw|hold|delay-\d+)$/.test(action)
      )
        throw new Error(`FAULT: "${part}" is not label:nth:kill|throw|hold|delay-<ms>`)
      return { label, nth: nth === '*' ? nth : Number(nth), action }
    })
}

let faults: Fault[] = []
let held = Promise.withResolvers<void>()
const hits = new Map<string, number>()
/** Labels passed since start, for tests that must know the label exists. */
export const labelsSeen = new Set<string>()

/** Sets the faults from now on, and lets go whoever is held by those before. */
export function armFaults(text: string): void {
  faults = parseFaults(text)
  hits.clear()
  held.resolve()
  held = Promise.withResolvers()
}

/** Marks a failpoint. Await it where the action may be a delay. */
export function failpoint(label: string): Promise<void> | undefined {
  if (faults.length === 0) return undefined
  return hit(label)
}

async function hit(label: string): Promise<void> {
  labelsSeen.add(label)
  const count = (hits.get(label) ?? 0) + 1
  hits.set(label, count)
  const fault = faults.find((f) => f.label === label && (f.nth === count || f.nth === '*'))
  if (fault === undefined) return
  if (fault.action === 'kill') {
    process.kill(process.pid, 'SIGKILL')
    await new Promise(() => undefined)
  }
  if (fault.action === 'throw') throw new Error(`failpoint ${label}`)
  if (fault.action === 'hold') return held.promise
  await new Promise((resolve) => setTimeout(resolve, Number(fault.action.slice('delay-'.length))))
}
