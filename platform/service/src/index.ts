export * from './errors.ts'
export * from './log.ts'
export * from './metrics-page.ts'
export * from './metrics-server.ts'
export * from './program.ts'
export * from './settings.ts'
export * from './connections.ts'
export { type Clock, systemClock } from './clock.ts'
export {
  codeOfStatus,
  type FieldProblem,
  Problem,
  type ProblemCode,
  PROBLEMS,
  statusOf,
  unavailable,
} from './problem.ts'
export type { ReadinessCheck } from './readiness.ts'
