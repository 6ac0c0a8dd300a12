import { problems } from '@rialto/kernel/pure/problem.ts'

export const developerProblems = problems('developers', {
  no_membership: [
    403,
    'This login belongs to no developer',
    'Ask the platform’s support to add your login to your company.',
  ],
  not_your_developer: [
    403,
    'This is another developer’s account',
    'Leave developer_id out; you see your own company.',
  ],
  developer_required: [
    400,
    'Which developer is meant?',
    'Name one in developer_id; an operator belongs to none.',
  ],
  statement_too_long: [
    400,
    'This statement is too long for one file',
    'Read it page by page at /developers/me/statement.',
  ],
})
