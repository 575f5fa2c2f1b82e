export { Alert, type AlertKind, type AlertType } from './alerts/alert.ts'
export { type Chaos, ChaosAnswer, type Conservation, ConservationAnswer } from './audit/schema.ts'
export { Customer, CustomerTransaction, TransactionsPage } from './customers/schema.ts'
export {
  AnnotationsAnswer,
  DashboardAnswer,
  DashboardList,
  type LinesResult,
  PanelAnswer,
  PanelRequest,
  type RowsResult,
  type Variable,
} from './dashboards/schema.ts'
export { ProblemDetails } from './http/problem.ts'
export {
  type Content,
  type DeadLetter,
  DeadLetters,
  type Message,
  MessagesRequest,
  MessagesAnswer,
  ReplayAnswer,
  ReplayOrder,
  TopicDetail,
  TopicList,
} from './topics/schema.ts'
