// The codes are declared in contracts/, because callers of this service see them.

export { developerProblems as problems } from '@rialto/contracts/developers/problems.ts'
