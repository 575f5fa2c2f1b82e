import { join } from 'node:path'
import { javaCommand, prepareJava } from './java.ts'
import { requireOk } from './http-probe.ts'
import { type ProcessSpec } from './process-spec.ts'
import { PORTS, variableOf, type Stack } from './stack.ts'

const HEAP_MB = 768
/** The worker's file has no defaults. */
const PLAINTEXT = {
  CONNECT_SECURITY_PROTOCOL: 'PLAINTEXT',
  CONNECT_SASL_MECHANISM: '',
  CONNECT_SASL_JAAS_CONFIG: '',
  CONNECT_SSL_CA: '',
}

export const connect = (stack: Stack): ProcessSpec => ({
  name: 'connect',
  needs: ['kafka'],
  ports: [{ port: stack.ports.connect, variable: variableOf(PORTS.connect) }],
  memory: `${HEAP_MB} MB heap`,
  prepare: () => prepareJava(stack, 'connect'),
  command: async () =>
    javaCommand(stack, {
      name: 'connect',
      heapMb: HEAP_MB,
      mainClass: 'org.apache.kafka.connect.cli.ConnectDistributed',
      args: [join(stack.checkout, 'docker/connect/worker.properties')],
      env: {
        CONNECT_BOOTSTRAP_SERVERS: `localhost:${stack.ports.kafka}`,
        CONNECT_LISTENERS: `http://localhost:${stack.ports.connect}`,
        CONNECT_ADVERTISED_HOST: 'localhost',
        ...PLAINTEXT,
      },
    }),
  // Answers 200 once the worker has joined its group and read its configuration topic, not when the port opens.
  probe: () => requireOk(`http://localhost:${stack.ports.connect}/health`),
  readyWithinMs: 120_000,
  stopSignal: 'SIGTERM',
  stopWithinMs: 30_000,
})
