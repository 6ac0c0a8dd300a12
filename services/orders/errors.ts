// The codes are in the contract, because the storefront and the payments service know them too.

export { orderProblems as problems } from '@rialto/contracts/orders/problems.ts'
