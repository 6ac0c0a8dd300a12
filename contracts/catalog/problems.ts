import { problems } from '@rialto/kernel/pure/problem.ts'

export const catalogProblems = problems('catalog', {
  unknown_product: [404, 'There is no such product', 'Choose a product from the catalogue.'],
  not_sold_in_region: [
    409,
    'This product has no price in this region',
    'Choose another product or region.',
  ],
  wrong_currency: [
    409,
    'This product is not sold in this currency',
    'Use the currency of your region.',
  ],
})
