import { Command, CommanderError } from 'commander'
import { OperatingError, UsageError } from './errors.ts'

export { type Command } from 'commander'

/** Exit codes of every command: 0 success, 1 failure, 2 wrong use. */
export const EXIT_FAILURE = 1
export const EXIT_USAGE = 2

/** A command whose wrong use exits with 2 and one line. */
export function createProgram(name: string, description: string): Command {
  const program = new Command(name)
  return program
    .description(description)
    .configureOutput({
      outputError: (text, write) => {
        const sentence = text
          .replace(/^error: /, '')
          .trim()
          .replace('\n', ' ')
        write(usageLine(pathOf(program), sentence))
      },
    })
    .configureHelp({ sortOptions: false })
    .exitOverride()
}

/**
 * Runs the command line and sets the exit code; it never calls `process.exit`, so output is written whole and open
 * handles are the program's own to close.
 */
export async function runProgram(program: Command, argv: readonly string[] = process.argv): Promise<void> {
  applyExitOverride(program)
  try {
    await program.parseAsync([...argv])
  } catch (error) {
    process.exitCode = report(error, chosenPath(program, argv))
  }
}

/** Subcommands made with `.command()` do not inherit a parent's override that was set after them. */
function applyExitOverride(command: Command): void {
  command.exitOverride()
  for (const sub of command.commands) applyExitOverride(sub)
}

/** A command as it is typed: `fintech generator`. */
function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`
}

/** The program that `argv` names: the root itself when it has none of that name. */
function chosenPath(root: Command, argv: readonly string[]): string {
  return pathOf(root.commands.find((command) => command.name() === argv[2]) ?? root)
}

const usageLine = (name: string, sentence: string): string => `${name}: ${sentence} (see ${name} --help)\n`

function report(error: unknown, name: string): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_USAGE
  if (error instanceof UsageError) {
    process.stderr.write(usageLine(name, error.message))
    return EXIT_USAGE
  }
  if (error instanceof OperatingError) {
    process.stderr.write(`${name}: ${error.message}\n`)
    return EXIT_FAILURE
  }
  process.stderr.write(`${name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
  return EXIT_FAILURE
}

/** For programs that run until they are asked to stop: less than the time after which a launcher kills what it has asked. */
export const STOP_WITHIN_MS = 15_000

/**
 * Aborted by the first SIGTERM or SIGINT, which then asks for a clean stop; a second one ends the process at once.
 * @param withinMs a process that has not ended by then is ended: what it waits for, such as a broker that hangs, may never
 *   come. What it had not written, it reads again at its next start.
 */
export function stopSignal(withinMs?: number): AbortSignal {
  const controller = new AbortController()
  const stop = (signal: NodeJS.Signals): void => {
    if (controller.signal.aborted) process.exit(EXIT_FAILURE)
    if (withinMs !== undefined) setTimeout(() => process.exit(EXIT_FAILURE), withinMs).unref()
    controller.abort(signal)
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
  return controller.signal
}
