export { inventoryProblems as problems } from '@rialto/contracts/inventory/problems.ts'
