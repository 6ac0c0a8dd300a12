import { problems } from '@rialto/kernel/pure/problem.ts'

export const analyticsProblems = problems('analytics', {
  range_invalid: [
    400,
    'These days are no range of the calendar',
    'Name existing days, `from` not after `to`, at most 366 days in all.',
  ],
})
