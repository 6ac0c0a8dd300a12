export { catalogProblems as problems } from '@rialto/contracts/catalog/problems.ts'
