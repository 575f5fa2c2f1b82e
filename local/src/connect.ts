import { join } from 'node:path'
import { javaCommand, prepareJava } from './java.ts'
import { requireOk } from './http-probe.ts'
import { type ProcessSpec } from './process-spec.ts'
import { PORTS, variableOf, type Stack } from './stack.ts'

/**
 * The second compiler halves what decoding costs, but compiling everything that is a little warm costs more than minutes of
 * it: with ten times the JVM's thresholds it takes what stays hot. docs/adr/0105 has the figures.
 */
const OPTIONS = [
  '-XX:+UseSerialGC',
  '-Xmn192m',
  '-XX:Tier4InvocationThreshold=50000',
  '-XX:Tier4MinInvocationThreshold=6000',
  '-XX:Tier4CompileThreshold=150000',
  '-XX:Tier4BackEdgeThreshold=400000',
]
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
      options: OPTIONS,
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

/** Connectors by name, as Connect's REST interface has them. */
type Statuses = Readonly<Record<string, { readonly status: { readonly tasks: readonly { readonly state: string }[] } }>>

const RESTART_TIMEOUT_MS = 5_000

/**
 * Restarts the failed tasks of every connector. @returns the connectors that had some.
 * @throws Error when Connect does not answer.
 */
export async function restartFailedTasks(stack: Stack): Promise<string[]> {
  const base = `http://localhost:${stack.ports.connect}/connectors`
  const request = (url: string, method: string): Promise<Response> =>
    fetch(url, { method, signal: AbortSignal.timeout(RESTART_TIMEOUT_MS) })
  const statuses = (await (await request(`${base}?expand=status`, 'GET')).json()) as Statuses
  const failed = Object.entries(statuses).flatMap(([name, { status }]) =>
    status.tasks.some(({ state }) => state === 'FAILED') ? [name] : [],
  )
  for (const name of failed) await request(`${base}/${name}/restart?includeTasks=true&onlyFailed=true`, 'POST')
  return failed
}
