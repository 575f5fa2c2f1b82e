import { lookup } from 'node:dns/promises'
import { parseMetrics, type ProcessStatus, type Samples } from '@fintech-streams/service'
import { type ProbeResult, probe, reasonOf } from './probe.ts'

/** The programs with a metrics port. */
export type ProgramName = 'processor' | 'sink' | 'audit' | 'counter' | 'lake' | 'nightly'

/** The metrics and the status of one process. */
export interface ProgramPage {
  readonly samples: Samples
  readonly status: ProcessStatus
}

export interface Instance {
  readonly program: ProgramName
  /** `processor`, `processor-2`, …, by the order of the addresses. */
  readonly name: string
  readonly address: string
  readonly result: ProbeResult<ProgramPage>
  /** The host name does not resolve: it is not part of the installation, or its container is gone. */
  readonly isUnknownHost: boolean
}

/** Where programs serve `/metrics` and `/status`, by program; several addresses for several processes. */
export type ProgramAddresses = Readonly<Record<ProgramName, readonly string[]>>

/** Asks every process of every program at once. Never throws. */
export async function readPrograms(addresses: ProgramAddresses): Promise<Instance[]> {
  const programs = Object.entries(addresses) as [ProgramName, readonly string[]][]
  const found = programs.map(async ([program, urls]) => {
    const hosts = (await Promise.all(urls.map(hostsOf))).flat()
    return Promise.all(hosts.map(async (host, at) => instance(program, at, host)))
  })
  return (await Promise.all(found)).flat()
}

interface Host {
  readonly address: string
  readonly unknown: string | undefined
}

/** A name with several addresses stands for as many processes: so it is with the replicas of a container. */
async function hostsOf(url: string): Promise<Host[]> {
  const { hostname } = new URL(url)
  try {
    const found = await lookup(hostname, { all: true, family: 4 })
    return found
      .map(({ address }) => address)
      .sort()
      .map((address) => ({ address: withHost(url, address), unknown: undefined }))
  } catch (error) {
    return [{ address: url, unknown: reasonOf(error) }]
  }
}

function withHost(url: string, host: string): string {
  const changed = new URL(url)
  changed.hostname = host
  return changed.origin
}

async function instance(program: ProgramName, at: number, { address, unknown }: Host): Promise<Instance> {
  const result: ProbeResult<ProgramPage> =
    unknown !== undefined ? { ok: false, reason: unknown } : await probe((signal) => readPage(address, signal))
  const name = at === 0 ? program : `${program}-${at + 1}`
  return { program, name, address, result, isUnknownHost: unknown !== undefined }
}

async function readPage(address: string, signal: AbortSignal): Promise<ProgramPage> {
  const [metrics, status] = await Promise.all([
    fetch(`${address}/metrics`, { signal }).then(requireOk),
    fetch(`${address}/status`, { signal }).then(requireOk),
  ])
  return {
    samples: parseMetrics(await metrics.text()),
    status: (await status.json()) as ProcessStatus,
  }
}

async function requireOk(response: Response): Promise<Response> {
  if (!response.ok) throw new Error(`${response.url} answers ${response.status}`)
  return response
}
