export { observerProblems as problems } from '@rialto/contracts/observer/problems.ts'
