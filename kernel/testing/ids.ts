// Identifiers that are the same in every run: valid UUIDv7s that count up. Two sources in one test
// get different series, so that their ids cannot meet.

import { encodeUuid, type Id, type Ids } from '../pure/ids.ts'

export function testIds(series = 1): Ids {
  let count = 0
  const uuid = (): string => {
    count += 1
    const tail = count.toString(16).padStart(12, '0')
    return `00000000-0000-7000-8${series.toString(16).padStart(3, '0')}-${tail}`
  }
  return {
    uuid,
    next: <Kind extends string>(kind: Kind): Id<Kind> => `${kind}_${encodeUuid(uuid())}`,
  }
}
