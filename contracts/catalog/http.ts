import { route } from '@rialto/kernel/pure/contract.ts'
import Type from 'typebox'
import {
  amountMinor,
  closed,
  currency,
  id,
  oneOf,
  page,
  pageOf,
  region,
  shortText,
} from '../shapes/fields.ts'
import { catalogProblems } from './problems.ts'

/** Language of descriptions; titles are names and stay as they are. */
const locale = oneOf('ru', 'en')

export const Product = closed({
  product_id: id('prd'),
  slug: Type.String({ pattern: '^[a-z0-9-]+$' }),
  title: shortText,
  description: Type.String({ maxLength: 2000 }),
  kind: oneOf('game'),
  genre: shortText,
  developer_id: Type.String(),
  age_mark: oneOf('0+', '6+', '12+', '16+', '18+'),
  price: Type.Optional(
    closed({
      amount: amountMinor,
      list_amount: amountMinor,
      currency,
      promotions_applied: Type.Array(
        closed({ promotion_id: Type.String(), name: shortText, discount: amountMinor }),
      ),
    }),
  ),
})

export const listProducts = route({
  name: 'listProducts',
  service: 'catalog',
  method: 'GET',
  path: '/catalog/products',
  summary:
    'Products with the price of a region; searched by beginnings of words of title and description.',
  access: 'public',
  query: closed({
    q: Type.Optional(Type.String({ maxLength: 100 })),
    genre: Type.Optional(shortText),
    region: Type.Optional(region),
    locale: Type.Optional(locale),
    ...page,
  }),
  replies: { 200: pageOf(Product) },
})

export const getProduct = route({
  name: 'getProduct',
  service: 'catalog',
  method: 'GET',
  path: '/catalog/products/:product_id',
  summary: 'One product with the price of a region.',
  access: 'public',
  params: closed({ product_id: id('prd') }),
  query: closed({ region: Type.Optional(region), locale: Type.Optional(locale) }),
  replies: { 200: Product },
  problems: [catalogProblems.unknown_product],
})
