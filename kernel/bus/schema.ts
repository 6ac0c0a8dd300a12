// Events are checked against their schema when they are published (a wrong one must not be committed) and when they are
// read (one from a newer or foreign publisher goes to the dead letters by name). Compiled once a definition.

import { Compile } from 'typebox/compile'
import type { AnyEvent } from '../pure/contract.ts'
import { Terminal } from '../pure/failure.ts'

type Validator = ReturnType<typeof Compile>
const compiled = new WeakMap<AnyEvent, Validator>()
/** What fitted. One event is read by a dozen groups, which get the same object and must not change it. */
const fitting = new WeakMap<object, AnyEvent>()

function validatorOf(definition: AnyEvent): Validator {
  let validator = compiled.get(definition)
  if (validator === undefined) {
    validator = Compile(definition.data)
    compiled.set(definition, validator)
  }
  return validator
}

/** Throws `Terminal('bus.invalid_event')` naming the first wrong field. */
export function checkEventData(definition: AnyEvent, data: unknown): void {
  const isObject = typeof data === 'object' && data !== null
  if (isObject && fitting.get(data) === definition) return
  const validator = validatorOf(definition)
  if (validator.Check(data)) {
    if (isObject) fitting.set(data, definition)
    return
  }
  const [first] = validator.Errors(data)
  const where = first === undefined ? '' : `: ${first.instancePath || '/'} ${first.message}`
  throw new Terminal(
    'bus.invalid_event',
    `${definition.type} v${definition.version} does not fit its schema${where}`,
  )
}
