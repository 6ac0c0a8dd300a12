// The codes are in the contract, because the storefront shows them too.

export { accountProblems as problems } from '@rialto/contracts/accounts/problems.ts'
