import { connect, type Socket } from 'node:net'

const HEAD_END = '\r\n\r\n'
const STATUS = 'HTTP/1.1 '.length
const LENGTH = /\r\ncontent-length: (\d+)\r\n/i

/**
 * Connections to one server that stay open, one request at a time on each; a request waits until one is free. Of HTTP it
 * knows what the API's answers need, a status and a length: a whole client takes twice the processor time for a request,
 * on the processors of the server that is measured.
 */
export class Connections {
  readonly #free: Connection[]
  readonly #all: readonly Connection[]
  readonly #waiting: ((connection: Connection) => void)[] = []

  /** @param headers of every request. */
  constructor(origin: string, connections: number, headers: Readonly<Record<string, string>>) {
    const { host, hostname, port } = new URL(origin)
    const head = Object.entries({ host, ...headers }).map(([name, value]) => `${name}: ${value}\r\n`)
    const open = (): Socket => connect(Number(port), hostname).setNoDelay(true)
    this.#all = Array.from({ length: connections }, () => new Connection(open, head.join('')))
    this.#free = [...this.#all]
  }

  /** @returns the answer's status, when all of the answer is there. @throws when the connection breaks before. */
  async get(path: string): Promise<number> {
    const connection = this.#free.pop() ?? (await new Promise<Connection>((resolve) => this.#waiting.push(resolve)))
    try {
      return await connection.get(path)
    } finally {
      const next = this.#waiting.shift()
      if (next === undefined) this.#free.push(connection)
      else next(connection)
    }
  }

  /** Requests that have no answer will have none. */
  destroy(): void {
    this.#waiting.length = 0
    for (const connection of this.#all) connection.destroy()
  }
}

/** One connection, made when it is first used, and again after it broke. */
class Connection {
  readonly #open: () => Socket
  readonly #head: string
  #socket: Socket | undefined
  #asked: PromiseWithResolvers<number> | undefined
  #received = ''

  constructor(open: () => Socket, head: string) {
    this.#open = open
    this.#head = head
  }

  get(path: string): Promise<number> {
    this.#asked = Promise.withResolvers<number>()
    this.#socket ??= this.#connect()
    this.#socket.write(`GET ${path} HTTP/1.1\r\n${this.#head}\r\n`, 'latin1')
    return this.#asked.promise
  }

  destroy(): void {
    this.#asked = undefined
    this.#socket?.destroy()
  }

  #connect(): Socket {
    const socket = this.#open().setEncoding('latin1')
    socket.on('data', (text: string) => this.#take(text))
    socket.on('error', (error) => this.#broken(error))
    socket.on('close', () => this.#broken(new Error('closed')))
    return socket
  }

  #take(text: string): void {
    this.#received += text
    const headEnd = this.#received.indexOf(HEAD_END)
    if (headEnd < 0) return
    const [, length] = LENGTH.exec(this.#received) ?? []
    if (length === undefined) {
      this.#socket?.destroy(new Error('an answer without a length'))
    } else if (this.#received.length >= headEnd + HEAD_END.length + Number(length)) {
      const status = Number(this.#received.slice(STATUS, STATUS + 3))
      this.#received = ''
      this.#asked?.resolve(status)
    }
  }

  #broken(error: Error): void {
    this.#socket = undefined
    this.#received = ''
    this.#asked?.reject(error)
  }
}
