// The demo shop: 24 invented games. Repeatable; it never overwrites what an operator has changed.

import type { Unit } from '@rialto/kernel/service/feature.ts'
import { upsertPrice, upsertProduct, upsertPromotion } from '../store.ts'

type Game = readonly [
  slug: string,
  title: string,
  genre: string,
  age: string,
  rub: number,
  about: string,
]

const GAMES: readonly Game[] = [
  [
    'salt-and-signal',
    'Salt & Signal',
    'adventure',
    '12+',
    79_900,
    'Keep a lighthouse alive through one long winter.',
  ],
  [
    'orbital-bakery',
    'Orbital Bakery',
    'simulation',
    '6+',
    49_900,
    'Bread in free fall, customers on a schedule.',
  ],
  [
    'ninth-tram',
    'The Ninth Tram',
    'puzzle',
    '6+',
    29_900,
    'A city timetable that lies, and you to mend it.',
  ],
  [
    'paper-armada',
    'Paper Armada',
    'strategy',
    '6+',
    59_900,
    'Fold a fleet and lose it to the rain.',
  ],
  [
    'moss-kingdom',
    'Moss Kingdom',
    'strategy',
    '6+',
    89_900,
    'Slow wars between very small gardens.',
  ],
  [
    'glass-tundra',
    'Glass Tundra',
    'adventure',
    '16+',
    129_900,
    'Walk north until the map gives up.',
  ],
  [
    'second-violin',
    'Second Violin',
    'rhythm',
    '6+',
    39_900,
    'Carry the orchestra without being noticed.',
  ],
  [
    'deep-ledger',
    'Deep Ledger',
    'simulation',
    '12+',
    69_900,
    'A bank at the bottom of the sea; every coin must balance.',
  ],
  ['cinder-post', 'Cinder Post', 'action', '16+', 99_900, 'Deliver the mail across a volcano.'],
  [
    'lantern-chess',
    'Lantern Chess',
    'puzzle',
    '0+',
    19_900,
    'Chess in which only lit squares exist.',
  ],
  [
    'wolf-hour',
    'Wolf Hour',
    'horror',
    '18+',
    109_900,
    'Something keeps knocking at four in the morning.',
  ],
  ['tin-comet', 'Tin Comet', 'racing', '6+', 54_900, 'Soapbox racing around an asteroid.'],
  [
    'north-archive',
    'The North Archive',
    'adventure',
    '12+',
    74_900,
    'Restore a library that burned in the wrong order.',
  ],
  [
    'velvet-circuit',
    'Velvet Circuit',
    'racing',
    '6+',
    64_900,
    'Night races on tracks made of theatre curtains.',
  ],
  [
    'hollow-crown',
    'Hollow Crown Heights',
    'role-playing',
    '16+',
    149_900,
    'Inherit a castle and its debts.',
  ],
  ['river-bureau', 'River Bureau', 'strategy', '12+', 84_900, 'Negotiate with water.'],
  [
    'quiet-engine',
    'Quiet Engine',
    'simulation',
    '6+',
    44_900,
    'Run a night train that must wake nobody.',
  ],
  ['ember-choir', 'Ember Choir', 'rhythm', '6+', 34_900, 'Sing a fire to sleep.'],
  [
    'iron-orchard',
    'Iron Orchard',
    'role-playing',
    '12+',
    119_900,
    'Machines grow on trees; somebody plants them.',
  ],
  [
    'small-gods',
    'Small Errands for Small Gods',
    'role-playing',
    '6+',
    94_900,
    'They are many and all of them are late.',
  ],
  ['half-map', 'Half a Map', 'puzzle', '0+', 24_900, 'Draw the other half from memory.'],
  ['storm-tailor', 'Storm Tailor', 'action', '12+', 72_900, 'Sew the weather before it tears.'],
  ['echo-harbour', 'Echo Harbour', 'adventure', '12+', 57_900, 'Every ship arrives twice.'],
  [
    'last-copy',
    'The Last Copy',
    'action',
    '16+',
    159_900,
    'A heist for the only disc that still plays.',
  ],
]

/** The demo product's id: fixed, so that links in documents and tests hold. */
export const demoProductId = (index: number): string => `prd_${String(index + 1).padStart(26, '0')}`

export async function seed({ unit }: { unit: Unit }): Promise<void> {
  await unit(async (tx) => {
    for (const [index, [slug, title, genre, age, rub, about]] of GAMES.entries()) {
      const id = demoProductId(index)
      await tx.run(
        upsertProduct({
          product_id: id,
          slug,
          title,
          description: about,
          genre,
          developer_id: `dev_${String((index % 6) + 1).padStart(26, '0')}`,
          age_mark: age,
          limited: slug === 'last-copy',
        }),
      )
      await tx.run(upsertPrice(id, 'RU', { minor: BigInt(rub), currency: 'RUB' }))
      // Every fourth game is not sold in Kazakhstan, so that "no price here" can be seen.
      if (index % 4 !== 3)
        await tx.run(upsertPrice(id, 'KZ', { minor: BigInt(rub) * 5n, currency: 'KZT' }))
    }
    await tx.run(
      upsertPromotion({
        promotionId: 'prm_autumn',
        name: 'Autumn',
        productId: demoProductId(1),
        percentOff: 20,
      }),
    )
  })
}
