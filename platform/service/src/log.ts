import { pino, type Logger } from 'pino'

export type { Logger } from 'pino'

/** A warning or error that the process has logged. */
export interface LoggedError {
  readonly atMs: number
  /** One line. */
  readonly message: string
}

const MESSAGE_CHARS_MAX = 300
const WARN = 40
let last: LoggedError | undefined

/** The newest warning or error of this process's log; the process tells it at `/status` to those who cannot read logs. */
export const lastLoggedError = (): LoggedError | undefined => last

/** A process's log: JSON lines on standard error, level from `LOG_LEVEL`. */
export function createLogger(name: string): Logger {
  return pino(
    {
      name,
      level: process.env['LOG_LEVEL'] ?? 'info',
      base: { name, pid: process.pid },
      hooks: {
        logMethod(args, method, level) {
          if (level >= WARN) last = { atMs: Date.now(), message: lineOf(args) }
          method.apply(this, args)
        },
      },
    },
    pino.destination(2),
  )
}

/** What a call of the logger says, in one line: its text, and the error's where there is one. */
function lineOf([first, text]: readonly unknown[]): string {
  const error = first instanceof Error ? first : (first as { err?: unknown } | undefined)?.err
  const parts = [typeof first === 'string' ? first : text, error instanceof Error ? error.message : undefined]
  const line = parts.filter((part) => typeof part === 'string' && part !== '').join(': ')
  return line.split('\n', 1)[0]!.slice(0, MESSAGE_CHARS_MAX)
}
