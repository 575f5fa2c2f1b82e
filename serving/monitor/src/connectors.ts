/** What Connect says of its connectors. */
export interface ConnectState {
  readonly connectors: readonly ConnectorStatus[]
}

export interface ConnectorStatus {
  readonly name: string
  readonly state: string
  readonly trace: string | undefined
  readonly tasks: readonly { readonly id: number; readonly state: string; readonly trace: string | undefined }[]
}

interface Part {
  readonly state?: string
  readonly trace?: string
}

type Expanded = Readonly<Record<string, { status?: { connector?: Part; tasks?: (Part & { id?: number })[] } }>>

/** All connectors with their tasks, in one request. @throws Error when Connect does not answer. */
export async function readConnect(url: string, signal: AbortSignal): Promise<ConnectState> {
  const response = await fetch(`${url}/connectors?expand=status`, { signal })
  if (!response.ok) throw new Error(`Connect answers ${response.status}`)
  const connectors = Object.entries((await response.json()) as Expanded).map(([name, { status }]) => ({
    name,
    state: status?.connector?.state ?? 'UNKNOWN',
    trace: firstLine(status?.connector?.trace),
    tasks: (status?.tasks ?? []).map(({ id, state, trace }) => ({
      id: id ?? 0,
      state: state ?? 'UNKNOWN',
      trace: firstLine(trace),
    })),
  }))
  return { connectors: connectors.sort((a, b) => a.name.localeCompare(b.name)) }
}

/** The line of a Java trace that says what happened: the last cause, since the first ones only wrap it. */
export function firstLine(trace: string | undefined): string | undefined {
  if (trace === undefined || trace === '') return undefined
  const lines = trace.split('\n')
  const cause = lines.findLast((line) => line.startsWith('Caused by: '))?.slice('Caused by: '.length)
  const first = lines[0]!.trim()
  return (cause === undefined || first.includes(cause) ? first : `${first} (caused by ${cause.trim()})`).slice(0, 400)
}
