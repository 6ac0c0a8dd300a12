// The codes are in the contract, because the storefront knows them too.

export { paymentProblems as problems } from '@rialto/contracts/payments/problems.ts'
