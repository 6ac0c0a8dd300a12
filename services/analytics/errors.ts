// The codes are declared in contracts/, because callers of this service see them.

export { analyticsProblems as problems } from '@rialto/contracts/analytics/problems.ts'
