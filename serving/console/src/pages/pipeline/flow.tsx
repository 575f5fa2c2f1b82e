import { Box, Group, List, Text, VisuallyHidden } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import type { FlowEdge, FlowNode } from '@fintech-streams/monitor'
import { conditionOf } from '../../elements/condition.tsx'
import { formatted } from '../../elements/format.ts'

interface FlowProps {
  readonly flow: { readonly nodes: readonly FlowNode[]; readonly edges: readonly FlowEdge[] }
}

/** Where each box stands, by column and row. One that is not listed here is only in the list. */
const PLACES: Readonly<Record<string, readonly [column: number, row: number]>> = {
  generator: [0, 0],
  postgres: [1, 0],
  connect: [2, 0],
  change_topics: [3, 0],
  lake: [4, 0],
  stage2: [2, 1],
  stage1: [3, 1],
  counter: [4, 1],
  serving: [5, 1],
  result_topics: [2, 2],
  sink: [3, 2],
  tables: [4, 2],
}
const BOX = { width: 118, height: 52 }
const PITCH = { x: 192, y: 118 }
const MARGIN = 8
const VIEW = {
  width: 5 * PITCH.x + BOX.width + 2 * MARGIN,
  height: 2 * PITCH.y + BOX.height + 2 * MARGIN,
}

/** The flow: as a drawing where there is room, and as a list for those who do not see it or have little room. */
export function Flow({ flow }: FlowProps) {
  const hasRoom = useMediaQuery('(min-width: 62em)', true, { getInitialValueInEffect: false })
  if (!hasRoom) return <FlowList flow={flow} />
  return (
    <>
      <FlowDrawing flow={flow} />
      <VisuallyHidden>
        <FlowList flow={flow} />
      </VisuallyHidden>
    </>
  )
}

function FlowList({ flow: { nodes, edges } }: FlowProps) {
  const labels = new Map(nodes.map(({ id, label }) => [id, label]))
  return (
    <List listStyleType="none" spacing="xs" p={0} data-testid="flow-list">
      {nodes.map(({ id, label, state, detail }) => {
        const { sign, word, color } = conditionOf(state)
        return (
          <List.Item key={id}>
            <Group gap={6}>
              <span aria-hidden style={{ color: `var(--mantine-color-${color}-filled)` }}>
                {sign}
              </span>
              <Text fw={600} size="sm">
                {label}: {word}
              </Text>
              {detail !== '' && <Text size="sm">({detail})</Text>}
            </Group>
            {edges
              .filter(({ from }) => from === id)
              .map(({ to, what, unit, per_second: rate }) => (
                <Text key={to} size="sm" c="dimmed" pl="lg">
                  to {labels.get(to)}: {rateOf(rate, unit)} ({what})
                </Text>
              ))}
          </List.Item>
        )
      })}
    </List>
  )
}

function FlowDrawing({ flow: { nodes, edges } }: FlowProps) {
  return (
    <Box style={{ maxWidth: VIEW.width }}>
      {/* The list says the same in words. */}
      <svg
        className="flow"
        viewBox={`0 0 ${VIEW.width} ${VIEW.height}`}
        width="100%"
        aria-hidden
        data-testid="flow-drawing"
      >
        <defs>
          <marker id="flow-arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">
            <path d="M0 0 8 4 0 8Z" fill="var(--mantine-color-dimmed)" />
          </marker>
        </defs>
        {edges.map((edge) => (
          <Edge key={`${edge.from} ${edge.to}`} edge={edge} />
        ))}
        {nodes.map((node) => (
          <Node key={node.id} node={node} />
        ))}
      </svg>
    </Box>
  )
}

function Node({ node: { id, label, state, detail } }: { readonly node: FlowNode }) {
  const place = cornerOf(id)
  if (place === undefined) return null
  const { color, sign, word } = conditionOf(state)
  const stroke = `var(--mantine-color-${color}-filled)`
  return (
    <g transform={`translate(${place.x} ${place.y})`} data-node={id} data-state={state}>
      <title>{detail === '' ? `${label}: ${word}` : `${label}: ${word}, ${detail}`}</title>
      <rect {...BOX} rx={5} fill="var(--mantine-color-body)" stroke={stroke} strokeWidth={state === 'up' ? 1.2 : 2.5} />
      <rect width={6} height={BOX.height} rx={3} fill={stroke} />
      <text x={14} y={22} fontSize={13} fontWeight={600}>
        {label}
      </text>
      <text x={14} y={41} className="dimmed">
        <tspan fill={stroke}>{sign}</tspan> {word}
      </text>
    </g>
  )
}

function Edge({ edge: { from, to, what, unit, per_second: rate } }: { readonly edge: FlowEdge }) {
  const line = lineBetween(from, to)
  if (line === undefined) return null
  const flows = rate !== null && rate > 0
  const middle = { x: (line.x1 + line.x2) / 2, y: (line.y1 + line.y2) / 2 }
  const isFlat = line.y1 === line.y2
  return (
    <g>
      <title>{`${what}: ${rateOf(rate, unit)}`}</title>
      <line
        {...line}
        stroke={flows ? 'var(--mantine-primary-color-filled)' : 'var(--mantine-color-dimmed)'}
        strokeWidth={flows ? 2 : 1.2}
        strokeDasharray={flows ? undefined : '4 4'}
        markerEnd="url(#flow-arrow)"
      />
      <text x={middle.x} y={middle.y + (isFlat ? -7 : 4)} className="rate">
        {rateOf(rate, unit === 'bytes' ? unit : (SHORT_UNITS[unit] ?? unit))}
      </text>
    </g>
  )
}

/** `12 rows/s`, `1.2 KiB/s` */
const rateOf = (value: number | null, unit: string): string =>
  unit === 'bytes' || value === null ? formatted(value, 'binBps') : `${formatted(value, 'rough')} ${unit}/s`

/** Between two boxes there is little room. */
const SHORT_UNITS: Readonly<Record<string, string>> = {
  records: 'rec',
  offsets: 'offs',
  results: 'res',
  transfers: 'trf',
  answers: 'ans',
}

function cornerOf(id: string): { x: number; y: number } | undefined {
  const place = PLACES[id]
  return place === undefined ? undefined : { x: MARGIN + place[0] * PITCH.x, y: MARGIN + place[1] * PITCH.y }
}

/** From the edge of one box to the edge of the other, on the line through their middles. */
function lineBetween(from: string, to: string): { x1: number; y1: number; x2: number; y2: number } | undefined {
  const [start, end] = [cornerOf(from), cornerOf(to)]
  if (start === undefined || end === undefined) return undefined
  const half = { x: BOX.width / 2, y: BOX.height / 2 }
  const [dx, dy] = [end.x - start.x, end.y - start.y]
  // How far along the line it leaves a box: by whichever side it meets first.
  const leaves = Math.min(dx === 0 ? Infinity : half.x / Math.abs(dx), dy === 0 ? Infinity : half.y / Math.abs(dy))
  const at = (share: number) => ({ x: start.x + half.x + share * dx, y: start.y + half.y + share * dy })
  const [first, last] = [at(leaves), at(1 - leaves)]
  return { x1: first.x, y1: first.y, x2: last.x, y2: last.y }
}
