// The codes are in the contract, because the services that post know them too.

export { walletProblems as problems } from '@rialto/contracts/wallets/problems.ts'
