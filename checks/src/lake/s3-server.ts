import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingHttpHeaders, request, type Server } from 'node:http'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import { isFree } from '@fintech-streams/local'
import { eventually } from '../eventually.ts'

const VERSION = '2.9.0'
const ARTIFACT = `org.gaul:s3proxy:${VERSION}:jar:jar-with-dependencies`
const HEAP_MB = 256
const BUCKET = 'lake'

/** What the AWS SDK reads of its environment. */
export interface S3Environment extends Record<string, string> {
  LAKE_S3_BUCKET: string
  LAKE_S3_ENDPOINT: string
  AWS_REGION: string
  AWS_ACCESS_KEY_ID: string
  AWS_SECRET_ACCESS_KEY: string
}

/**
 * S3Proxy, a server of S3's protocol over a folder, with one bucket; and in front of it what notes the headers of each
 * request. It looks whether a key is taken before it writes, so it is no place for two writers at the same moment.
 */
export class S3Server {
  readonly environment: S3Environment
  /** Headers of the writing requests so far. */
  readonly written: IncomingHttpHeaders[]
  readonly #server: ChildProcess
  readonly #front: Server

  private constructor(environment: S3Environment, written: IncomingHttpHeaders[], server: ChildProcess, front: Server) {
    this.environment = environment
    this.written = written
    this.#server = server
    this.#front = front
  }

  /** @param firstPort the two ports from here on are its own. */
  static async start(checkout: string, folder: string, firstPort: number): Promise<S3Server> {
    const jar = await s3Proxy(checkout)
    const [port, frontPort] = [firstPort, firstPort + 1]
    for (const one of [port, frontPort]) if (!(await isFree(one))) throw new Error(`port ${one} is in use`)
    const environment: S3Environment = {
      LAKE_S3_BUCKET: BUCKET,
      LAKE_S3_ENDPOINT: `http://127.0.0.1:${frontPort}`,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'lake',
      AWS_SECRET_ACCESS_KEY: 'only-for-this-test',
    }
    const server = await startS3Proxy(jar, folder, port, environment)
    const written: IncomingHttpHeaders[] = []
    const front = forwarding(port, (headers) => written.push(headers)).listen(frontPort, '127.0.0.1')
    await once(front, 'listening')
    const started = new S3Server(environment, written, server, front)
    await eventually(() => started.#createBucket(), Boolean)
    return started
  }

  async stop(): Promise<void> {
    this.#front.closeAllConnections()
    this.#front.close()
    const exited = once(this.#server, 'exit')
    if (this.#server.kill('SIGTERM')) await exited
  }

  async #createBucket(): Promise<boolean> {
    const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION, LAKE_S3_ENDPOINT } = this.environment
    const client = new S3Client({
      endpoint: LAKE_S3_ENDPOINT,
      region: AWS_REGION,
      forcePathStyle: true,
      credentials: { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY },
      maxAttempts: 1,
    })
    try {
      await client.send(new CreateBucketCommand({ Bucket: BUCKET }))
      return true
    } catch {
      return false
    } finally {
      client.destroy()
    }
  }
}

/** Its jar, from Maven Central the first time. */
async function s3Proxy(checkout: string): Promise<string> {
  const folder = join(checkout, '.data/s3proxy')
  const jar = join(folder, `s3proxy-${VERSION}-jar-with-dependencies.jar`)
  if (!existsSync(jar)) {
    const args = ['-B', '-q', 'dependency:copy', `-Dartifact=${ARTIFACT}`, `-DoutputDirectory=${folder}`]
    await promisify(execFile)('mvn', args, { cwd: checkout })
  }
  return jar
}

async function startS3Proxy(
  jar: string,
  folder: string,
  port: number,
  { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY }: S3Environment,
): Promise<ChildProcess> {
  // Of an earlier run.
  await rm(folder, { recursive: true, force: true })
  await mkdir(join(folder, 'buckets'), { recursive: true })
  const properties = join(folder, 's3proxy.properties')
  await writeFile(
    properties,
    [
      'jclouds.provider=filesystem-nio2',
      `jclouds.filesystem.basedir=${join(folder, 'buckets')}`,
      `s3proxy.endpoint=http://127.0.0.1:${port}`,
      's3proxy.authorization=aws-v2-or-v4',
      `s3proxy.identity=${AWS_ACCESS_KEY_ID}`,
      `s3proxy.credential=${AWS_SECRET_ACCESS_KEY}`,
      // Checksums of newer clients, and encryption: it has none.
      's3proxy.ignore-unknown-headers=true',
    ].join('\n'),
  )
  return spawn('java', [`-Xmx${HEAP_MB}m`, '-jar', jar, '--properties', properties], { stdio: 'ignore' })
}

/** Passes requests on as they are, for the signature covers the address that the client knows. */
function forwarding(port: number, onWrite: (headers: IncomingHttpHeaders) => void): Server {
  return createServer((incoming, answer) => {
    const { method, url, headers } = incoming
    if (method === 'PUT') onWrite(headers)
    const outgoing = request({ host: '127.0.0.1', port, method, path: url, headers }, (response) => {
      answer.writeHead(response.statusCode ?? 502, response.headers)
      response.pipe(answer)
    })
    outgoing.once('error', () => answer.destroy())
    incoming.pipe(outgoing)
  })
}
