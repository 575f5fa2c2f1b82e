import { type Client } from 'pg'

/** A node of `explain (format json)`. */
interface PlanNode {
  readonly 'Node Type': string
  readonly 'Relation Name'?: string
  readonly 'Index Name'?: string
  readonly 'Actual Rows'?: number
  readonly 'Actual Loops'?: number
  readonly Plans?: readonly PlanNode[]
}

/** How a statement reads one table. */
export interface Scan {
  readonly how: string
  readonly relation: string
  readonly index: string | undefined
  /** Rows that it took from there. */
  readonly rows: number
}

/** Runs a prepared statement's generic or custom plan and tells how it reads its tables. */
export async function scansOf(
  client: Client,
  plan: 'force_generic_plan' | 'force_custom_plan',
  text: string,
  types: string,
  values: string,
): Promise<Scan[]> {
  await client.query(`set plan_cache_mode = ${plan}`)
  await client.query(`prepare looked_at (${types}) as ${text}`)
  try {
    const { rows } = await client.query<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>(
      `explain (format json, analyze, timing off) execute looked_at (${values})`,
    )
    return flat(rows[0]!['QUERY PLAN'][0].Plan)
      .filter((node) => node['Relation Name'] !== undefined)
      .map((node) => ({
        how: node['Node Type'],
        relation: node['Relation Name']!,
        index: node['Index Name'],
        rows: (node['Actual Rows'] ?? 0) * (node['Actual Loops'] ?? 0),
      }))
  } finally {
    await client.query('deallocate looked_at')
  }
}

function flat(node: PlanNode): PlanNode[] {
  return [node, ...(node.Plans ?? []).flatMap(flat)]
}
