// The codes are declared in contracts/, because callers of this service see them.

export { auditProblems as problems } from '@rialto/contracts/audit/problems.ts'
