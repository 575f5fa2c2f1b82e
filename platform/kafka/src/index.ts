export { Assignment, type TopicPartition } from './assignment.ts'
export { Cluster, type TopicOffsets } from './cluster.ts'
export { committedRecords } from './committed-records.ts'
export { type KafkaConnection, kafkaConnection } from './connection.ts'
export { ConsumerStatus } from './consumer/consumer-status.ts'
export { KafkaTopicLog } from './consumer/kafka-topic-log.ts'
export {
  type ConsumerBatch,
  type ConsumerLimits,
  type ConsumerOptions,
  type ConsumerStore,
  runConsumer,
} from './consumer/run-consumer.ts'
export type { ReadRecords } from './consumer/subscription.ts'
export type { TopicInfo, TopicLog } from './consumer/topic-log.ts'
export { explainedKafka, requireKafkaAccess } from './explain.ts'
export { giveWay } from './give-way.ts'
export { type FedPartition, type OffsetsByTime, PartitionFeed } from './partition-feed.ts'
export { PartitionReader } from './partition-reader.ts'
export { encodeBatch } from './record-batch.ts'
export { ensureTopics } from './topics.ts'
export { type CommittedOffset, TransactionalProducer } from './transactional-producer.ts'
