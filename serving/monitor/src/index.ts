export { measureInfrastructure } from './infrastructure-metrics.ts'
export { PipelineView } from './pipeline.ts'
export type { ProgramAddresses } from './programs.ts'
export { ConnectorRow, FlowEdge, FlowNode, JobRow, Pipeline, ProcessRow, StageRow, Trouble } from './schema.ts'
