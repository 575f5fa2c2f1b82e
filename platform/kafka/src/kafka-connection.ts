/** How every client of the process reaches the brokers. */
export interface KafkaConnection {
  readonly clientId: string
  readonly bootstrapBrokers: string[]
}
