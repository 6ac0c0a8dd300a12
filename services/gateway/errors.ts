// The codes are in the contract, beside the route that answers them. Otherwise the gateway's callers meet the kernel's problems
// and those of the services.

export { gatewayProblems as problems } from '@rialto/contracts/gateway/problems.ts'
