import { problems } from '@rialto/kernel/pure/problem.ts'

export const observerProblems = problems('observer', {
  unknown_flow: [
    404,
    'Nothing is recorded under this key',
    'Check the key; you see only your own orders.',
  ],
  unknown_letter: [404, 'There is no such dead letter', 'It was redriven or discarded already.'],
})
