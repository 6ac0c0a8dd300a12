// The demo shop: 24 invented games. Repeatable; it never overwrites what an operator has changed.

import type { Unit } from '@rialto/kernel/service/feature.ts'
import type { Parts } from '../config.ts'
import { demoGames } from '../demo/games.ts'
import { upsertPrice, upsertProduct, upsertPromotion } from '../store.ts'

/** The demo product's id: fixed, so that links in documents and tests hold. */
export const demoProductId = (index: number): string => `prd_${String(index + 1).padStart(26, '0')}`

export async function seed({ unit, parts }: { unit: Unit; parts: Parts }): Promise<void> {
  await unit(async (tx) => {
    parts.products.dropWith(tx, ...demoGames.keys().map(demoProductId))
    for (const [index, { slug, title, genre, age, rub, en, ru }] of demoGames.entries()) {
      const id = demoProductId(index)
      await tx.run(
        upsertProduct({
          product_id: id,
          slug,
          title,
          description: en,
          descriptions: { ru },
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
