import { createConnection, type Socket } from 'node:net'

const CONNECT_TIMEOUT_MS = 5_000
const REQUEST_TIMEOUT_MS = 30_000
const LENGTH_BYTES = 4
/** Correlation id, and the number of tagged fields, which is none. */
const RESPONSE_HEADER_BYTES = 5
/** A response that says it is longer than this is none. */
const RESPONSE_BYTES_MAX = 256 << 20

export interface BrokerAddress {
  readonly host: string
  readonly port: number
}

interface Pending {
  readonly resolve: (response: Buffer) => void
  readonly reject: (error: Error) => void
  readonly timeout: NodeJS.Timeout
}

/**
 * A connection to one broker for the two requests that carry records. A request's buffers go to the socket as they
 * are, and a response is read from it into the one buffer that it is returned in; the client's own connection copies
 * either, and makes a buffer of each piece. Buffers weigh on the garbage collector as its own objects do, so that was
 * a third of the processor's time.
 *
 * It connects when it is first used, and again after an error, which every request that waits is told.
 */
export class BrokerConnection {
  readonly #address: BrokerAddress
  readonly #clientId: Buffer
  #socket: Promise<Socket> | undefined
  readonly #pending = new Map<number, Pending>()
  #correlationId = 0

  constructor(address: BrokerAddress, clientId: string) {
    this.#address = address
    this.#clientId = Buffer.from(clientId)
  }

  /**
   * Sends a request with a header of version 2.
   * @param body not to be changed until the response is there.
   * @returns what follows the response's header of version 1.
   * @throws when the connection fails, or there is no response in time: the broker may have done what was asked.
   */
  async request(apiKey: number, apiVersion: number, body: readonly Buffer[]): Promise<Buffer> {
    const socket = await (this.#socket ??= this.#connect())
    // It has not told yet that it is closed, and would tell nobody who comes now.
    if (socket.destroyed) throw new Error(`the connection to ${this.#name} is closing`)
    this.#correlationId = (this.#correlationId + 1) & 0x7fffffff
    const id = this.#correlationId
    return new Promise((resolve, reject) => {
      const timeout = setTimeout(() => {
        socket.destroy(new Error(`no response from ${this.#name} within ${REQUEST_TIMEOUT_MS} ms`))
      }, REQUEST_TIMEOUT_MS)
      this.#pending.set(id, { resolve, reject, timeout })
      socket.cork()
      socket.write(this.#header(apiKey, apiVersion, id, body))
      for (const part of body) socket.write(part)
      socket.uncork()
    })
  }

  get #name(): string {
    return `${this.#address.host}:${this.#address.port}`
  }

  #header(apiKey: number, apiVersion: number, correlationId: number, body: readonly Buffer[]): Buffer {
    const clientId = this.#clientId
    const header = Buffer.allocUnsafe(LENGTH_BYTES + 11 + clientId.length)
    const length = body.reduce((sum, part) => sum + part.length, header.length - LENGTH_BYTES)
    header.writeInt32BE(length, 0)
    header.writeInt16BE(apiKey, 4)
    header.writeInt16BE(apiVersion, 6)
    header.writeInt32BE(correlationId, 8)
    header.writeInt16BE(clientId.length, 12)
    clientId.copy(header, 14)
    header[header.length - 1] = 0 // no tagged fields
    return header
  }

  #connect(): Promise<Socket> {
    const incoming = new IncomingResponses()
    return new Promise((resolve, reject) => {
      const socket = createConnection({
        ...this.#address,
        noDelay: true,
        timeout: CONNECT_TIMEOUT_MS,
        onread: {
          buffer: () => incoming.room(),
          callback: (bytes) => {
            try {
              const response = incoming.took(bytes)
              if (response !== undefined) this.#respond(response)
            } catch (error) {
              socket.destroy(error as Error)
            }
            return true
          },
        },
      })
      let failure: Error = new Error(`${this.#name} closed the connection`)
      socket.once('connect', () => {
        socket.setTimeout(0)
        resolve(socket)
      })
      socket.once('timeout', () => socket.destroy(new Error(`cannot connect to ${this.#name}`)))
      socket.once('error', (error) => (failure = error))
      socket.once('close', () => {
        this.#socket = undefined
        for (const { reject: refuse, timeout } of this.#pending.values()) {
          clearTimeout(timeout)
          refuse(failure)
        }
        this.#pending.clear()
        reject(failure)
      })
    })
  }

  #respond(response: Buffer): void {
    const id = response.readInt32BE(0)
    const pending = this.#pending.get(id)
    if (pending === undefined) throw new Error(`${this.#name} answered what was not asked (${id})`)
    this.#pending.delete(id)
    clearTimeout(pending.timeout)
    pending.resolve(response.subarray(RESPONSE_HEADER_BYTES))
  }

  /** Ends the connection; what waits for a response is told. */
  async close(): Promise<void> {
    const socket = await this.#socket?.catch(() => undefined)
    socket?.destroy()
  }
}

/** Puts responses together: first a length, then a buffer of that length. */
class IncomingResponses {
  readonly #length = Buffer.allocUnsafe(LENGTH_BYTES)
  #into = this.#length
  #filled = 0

  /** Where the next bytes go. */
  room(): Buffer {
    return this.#into.subarray(this.#filled)
  }

  /** So many bytes came. @returns the response that they complete. */
  took(bytes: number): Buffer | undefined {
    this.#filled += bytes
    if (this.#filled < this.#into.length) return undefined
    const full = this.#into
    this.#filled = 0
    if (full !== this.#length) {
      this.#into = this.#length
      return full
    }
    const length = full.readInt32BE(0)
    if (length < RESPONSE_HEADER_BYTES || length > RESPONSE_BYTES_MAX)
      throw new Error(`no response has ${length} bytes`)
    this.#into = Buffer.allocUnsafeSlow(length)
    return undefined
  }
}

/** The connections of one user, by broker. */
export class BrokerConnections {
  readonly #clientId: string
  readonly #byName = new Map<string, BrokerConnection>()

  constructor(clientId: string) {
    this.#clientId = clientId
  }

  to({ host, port }: BrokerAddress): BrokerConnection {
    const name = `${host}:${port}`
    let connection = this.#byName.get(name)
    if (connection === undefined) {
      connection = new BrokerConnection({ host, port }, this.#clientId)
      this.#byName.set(name, connection)
    }
    return connection
  }

  async close(): Promise<void> {
    await Promise.all([...this.#byName.values()].map((connection) => connection.close()))
  }
}
