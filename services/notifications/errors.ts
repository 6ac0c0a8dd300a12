// The codes are in the contract, because the storefront knows them too.

export { notificationProblems as problems } from '@rialto/contracts/notifications/problems.ts'
