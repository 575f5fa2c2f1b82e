import { pino, type Logger } from 'pino'

export type { Logger }

/** A process's log: JSON lines on standard error, level from `LOG_LEVEL`. */
export function createLogger(name: string): Logger {
  return pino(
    { name, level: process.env['LOG_LEVEL'] ?? 'info', base: { name, pid: process.pid } },
    pino.destination(2),
  )
}
