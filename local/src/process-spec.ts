import { type ListeningPort } from './ports.ts'
import { type Stack } from './stack.ts'

/** What to execute. */
export interface ProcessCommand {
  readonly file: string
  readonly args: readonly string[]
  /** Added to the stack's environment. */
  readonly env?: Readonly<Record<string, string>>
  /** Folder to run in; the checkout when left out. */
  readonly cwd?: string
  /** Another system user to run as; only root can. */
  readonly user?: { readonly uid: number; readonly gid: number }
}

/** How one process of the stack is started, known to be ready and stopped. */
export interface ProcessSpec {
  readonly name: string
  /** Processes that have to be ready before this one starts. */
  readonly needs: readonly string[]
  /** Not started unless it is named. */
  readonly onRequest?: boolean
  readonly ports: readonly ListeningPort[]
  /** What it may take at most, as `status` shows it. */
  readonly memory: string
  /** Makes what the process needs on disk; does nothing when it is there. */
  prepare?(stack: Stack): Promise<void>
  command(stack: Stack): Promise<ProcessCommand>
  /** Rejects, with the reason, until the process does its work. */
  probe(stack: Stack): Promise<void>
  /** Creates what others need in the process, such as a database; does nothing when it is there. */
  initialize?(stack: Stack, report: Report): Promise<void>
  /** Whether an early exit with these last log lines has a transient cause, so that another start may succeed. */
  isTransient?(lines: readonly string[]): boolean
  readonly readyWithinMs: number
  readonly stopSignal: NodeJS.Signals
  /** After this long a stop becomes SIGKILL. */
  readonly stopWithinMs: number
}

/** Tells the person at the terminal one thing. */
export type Report = (line: string) => void
