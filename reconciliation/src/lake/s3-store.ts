import { randomUUID } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, readdir, rename, rm, stat, utimes } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import {
  DeleteObjectsCommand,
  GetObjectCommand,
  NoSuchKey,
  paginateListObjectsV2,
  PutObjectCommand,
  type PutObjectCommandInput,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3'
import { Upload } from '@aws-sdk/lib-storage'
import { DAY_MS } from '@fintech-streams/contracts'
import { type LakeStore } from './store.ts'

/** S3's own bound on one request. */
const REMOVED_AT_ONCE = 1_000
/** Time without a read after which a cached file is removed. Files never change, so the cache is never stale. */
const CACHE_KEPT_MS = 2 * DAY_MS

export interface S3StoreOptions {
  readonly bucket: string
  /** Before every key, without a slash at the end; empty for the whole bucket. */
  readonly prefix: string
  /** A server other than Amazon's, which has buckets in the path. */
  readonly endpoint?: string | undefined
  /** Encryption with a key of KMS: its id, or `default` for the account's own. Without it the bucket's setting holds. */
  readonly kmsKey?: string | undefined
  /** Fetched files are kept here. */
  readonly cacheFolder: string
}

/**
 * A lake in a bucket of S3 or of a server like it. Region and credentials are found as the AWS SDK finds them
 * (`AWS_REGION`, `AWS_ACCESS_KEY_ID`, …, a profile, the role of the machine).
 *
 * An object is visible whole or not at all. That there is one version of each number rests on conditional writes
 * (`If-None-Match: *`), which S3 applies one at a time; a server that only looks before it writes would let two writers
 * that begin in the same moment overwrite each other.
 */
export class S3Store implements LakeStore {
  readonly #client: S3Client
  readonly #options: S3StoreOptions
  #tidied: Promise<void> | undefined

  constructor(options: S3StoreOptions) {
    const { endpoint } = options
    this.#options = options
    this.#client = new S3Client(endpoint === undefined ? {} : { endpoint, forcePathStyle: true })
  }

  get address(): string {
    return `s3://${join(this.#options.bucket, this.#options.prefix)}`
  }

  async publish(localFile: string, key: string): Promise<void> {
    // In parts, where it is large.
    await new Upload({ client: this.#client, params: this.#put(key, createReadStream(localFile)) }).done()
    await rm(localFile)
  }

  async createIfAbsent(key: string, body: string): Promise<boolean> {
    try {
      await this.#client.send(new PutObjectCommand({ ...this.#put(key, body), IfNoneMatch: '*' }))
      return true
    } catch (error) {
      if (!isTaken(error)) throw error
      // The client sends again what got no answer, and so meets what it has written itself.
      return (await this.#readIfThere(key)) === body
    }
  }

  async #readIfThere(key: string): Promise<string | undefined> {
    try {
      return await this.read(key)
    } catch (error) {
      if (error instanceof NoSuchKey) return undefined
      throw error
    }
  }

  async read(key: string): Promise<string> {
    const { Body } = await this.#client.send(new GetObjectCommand(this.#at(key)))
    return Body!.transformToString()
  }

  async localPath(key: string): Promise<string> {
    await (this.#tidied ??= removeOld(this.#options.cacheFolder))
    const path = join(this.#options.cacheFolder, key)
    const now = new Date()
    try {
      await utimes(path, now, now)
    } catch {
      await this.#fetch(key, path)
    }
    return path
  }

  uri(key: string): string {
    const { Bucket, Key } = this.#at(key)
    return `s3a://${Bucket}/${Key}`
  }

  async list(prefix: string): Promise<string[]> {
    const { bucket: Bucket } = this.#options
    const before = this.#at('').Key
    const keys: string[] = []
    for await (const { Contents = [] } of paginateListObjectsV2(
      { client: this.#client },
      { Bucket, Prefix: before + prefix },
    )) {
      keys.push(...Contents.map(({ Key = '' }) => Key.slice(before.length)))
    }
    return keys.sort()
  }

  async remove(keys: readonly string[]): Promise<void> {
    const { bucket: Bucket, cacheFolder } = this.#options
    for (let from = 0; from < keys.length; from += REMOVED_AT_ONCE) {
      const Objects = keys.slice(from, from + REMOVED_AT_ONCE).map((key) => ({ Key: this.#at(key).Key }))
      const { Errors = [] } = await this.#client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }))
      const [first] = Errors
      if (first !== undefined) throw new Error(`${this.address}: ${first.Key} was not removed: ${first.Message}`)
    }
    for (const key of keys) await rm(join(cacheFolder, key), { force: true })
  }

  async #fetch(key: string, path: string): Promise<void> {
    const { Body } = await this.#client.send(new GetObjectCommand(this.#at(key)))
    const partial = `${path}.${randomUUID()}`
    await mkdir(dirname(path), { recursive: true })
    try {
      await pipeline(Body as Readable, createWriteStream(partial))
      await rename(partial, path)
    } finally {
      await rm(partial, { force: true })
    }
  }

  #at(key: string): { Bucket: string; Key: string } {
    const { bucket, prefix } = this.#options
    return { Bucket: bucket, Key: prefix === '' ? key : `${prefix}/${key}` }
  }

  #put(key: string, body: string | Readable): PutObjectCommandInput {
    const { kmsKey } = this.#options
    return {
      ...this.#at(key),
      Body: body,
      ...(kmsKey === undefined ? {} : { ServerSideEncryption: 'aws:kms' }),
      ...(kmsKey === undefined || kmsKey === 'default' ? {} : { SSEKMSKeyId: kmsKey }),
    }
  }
}

/** Another one has the key, or is writing it. */
const isTaken = (error: unknown): boolean =>
  error instanceof S3ServiceException && [412, 409].includes(error.$metadata.httpStatusCode ?? 0)

/** Removes files that nobody has read for long, and what an interrupted fetch has left. */
async function removeOld(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    if ((await stat(path)).mtimeMs < Date.now() - CACHE_KEPT_MS) await rm(path, { force: true })
  }
}
