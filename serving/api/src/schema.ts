export { Alert, type AlertKind, type AlertType } from './alerts/alert.ts'
export { type Chaos, ChaosResponse, type Conservation, ConservationResponse } from './audit/schema.ts'
export { Customer, CustomerTransaction, TransactionsPage } from './customers/schema.ts'
export {
  AnnotationsResponse,
  DashboardResponse,
  DashboardList,
  type LinesResult,
  PanelResponse,
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
  MessagesResponse,
  ReplayResponse,
  ReplayOrder,
  TopicDetail,
  TopicList,
} from './topics/schema.ts'
