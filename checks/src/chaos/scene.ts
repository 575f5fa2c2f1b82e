import { type ConnectClient } from '@fintech-streams/connectors'
import { type Stack, startProcesses } from '@fintech-streams/local'
import { type CommandResult, runCommand } from '../command.ts'
import { type Random } from '../random.ts'

export const CONNECTOR = 'fintech-main-connector'
export const WORKERS = ['processor', 'processor-2'] as const

/** What a fault works on. */
export interface Scene {
  readonly stack: Stack
  readonly random: Random
  readonly connect: ConnectClient
  /**
   * Does something to the stack and waits until results flow again.
   * @param strike returns the moment from which transactions prove that they do, by default that of its call.
   */
  measure(kind: string, strike: () => Promise<number | undefined>): Promise<void>
  /** Runs work after which the processor starts over: what its changelog has told until then counts no more. */
  startingOver(work: () => Promise<void>): Promise<void>
}

/** One thing that goes wrong. */
export interface Fault {
  readonly name: string
  readonly does: string
  readonly heals: string
  /** How often it comes, relative to the others. */
  readonly weight: number
  /** Only in a stack that has this process. */
  readonly needs?: string
  /** Only where this program is. */
  readonly requires?: string
  readonly inject: (scene: Scene) => Promise<void>
}

const STARTS_MAX = 3

/** Starts processes that are down, and what they need; on a busy machine it may take more than one try. */
export async function start({ stack }: Scene, names: readonly string[]): Promise<undefined> {
  for (let tries = 1; ; tries += 1) {
    try {
      return void (await startProcesses(stack, names))
    } catch (error) {
      if (tries === STARTS_MAX) throw error
    }
  }
}

/** What a person types. @throws Error when it fails. */
export async function fintech({ stack }: Scene, program: string, ...args: readonly string[]): Promise<CommandResult> {
  const result = await runCommand(stack, program, args)
  if (result.code !== 0) throw new Error(`${program} ${args.join(' ')} failed: ${result.stderr || result.stdout}`)
  return result
}
