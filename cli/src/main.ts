#!/usr/bin/env node
import { type Command, createProgram, OperatingError, runProgram } from '@fintech-streams/service'
import { type Program, PROGRAMS } from './programs.ts'

const command = createProgram('fintech', 'The platform’s programs: fintech <program> --help says what each takes')
const [first, second] = process.argv.slice(2)
const chosen = first === 'help' ? second : first

for (const [name, program] of Object.entries(PROGRAMS)) {
  if (name === chosen) command.addCommand(await load(name, program))
  else command.command(name).description(program.description)
}
await runProgram(command)

/** An image for production leaves the checks and the native stack out. */
async function load(name: string, program: Program): Promise<Command> {
  try {
    return (await program.load()).command
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error
    return createProgram(name, program.description)
      .allowUnknownOption()
      .argument('[arguments...]')
      .action(() => {
        throw new OperatingError(
          'not_installed',
          `${name} is not part of this installation: run it in a checkout`,
          error,
        )
      })
  }
}
