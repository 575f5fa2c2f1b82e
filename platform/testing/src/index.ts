export { bufferOf, checkpointOf, takeOutputs } from './buffers.ts'
export { BASE_TIME_MS, buildRow, buildTransaction, id } from './transactions.ts'
export { MemoryTopics } from './memory-topics.ts'
