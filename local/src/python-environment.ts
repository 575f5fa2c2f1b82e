import { execFile, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { OperatingError } from '@fintech-streams/service'
import { CHECKOUT } from './stack.ts'

const execute = promisify(execFile)

const PYTHONS = ['python3.13', 'python3.12', 'python3.11', 'python3.10', 'python3']

/**
 * A package of PyPI in an environment of its own under `.data/python`, made the first time; its dependencies are what pip
 * finds for it.
 * @param program one that the package brings: it is there when the environment is whole.
 * @returns the folder of its programs, `python` among them.
 * @throws OperatingError without Python or PyPI.
 */
export async function pythonEnvironment(name: string, version: string, program: string): Promise<string> {
  const folder = join(CHECKOUT, '.data/python', `${name}-${version}`)
  const programs = join(folder, 'bin')
  if (existsSync(join(programs, program))) return programs
  const python = PYTHONS.find((candidate) => spawnSync(candidate, ['-c', 'import venv, ensurepip']).status === 0)
  if (python === undefined) {
    throw new OperatingError('python_missing', `${name} needs Python with venv: none of ${PYTHONS.join(', ')} has it`)
  }
  try {
    await execute(python, ['-m', 'venv', folder])
    await execute(join(programs, 'pip'), ['install', '--quiet', `${name}==${version}`])
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    throw new OperatingError('pip_failed', `${name} ${version} cannot be installed: ${String(error)}`, error)
  }
  return programs
}
