import { problems } from '@rialto/kernel/pure/problem.ts'

export const inventoryProblems = problems('inventory', {
  sold_out: [
    409,
    'The last copy is taken',
    'Choose another product; nothing was charged. A copy may come back when an order ends unpaid.',
  ],
})
