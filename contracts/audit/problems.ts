import { problems } from '@rialto/kernel/pure/problem.ts'

export const auditProblems = problems('audit', {
  trail_unavailable: [
    503,
    'The audit trail cannot be read at the moment',
    'Try again after the seconds in Retry-After. Nothing is lost: what happens meanwhile is written when its database is back.',
  ],
})
