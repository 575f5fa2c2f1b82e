import { Group, MultiSelect, TextInput } from '@mantine/core'
import type { AlertKind } from '@fintech-streams/api/schema'
import { Choice } from '../../elements/choice.tsx'
import { words } from '../../elements/format.ts'
import { customerId, type Filter, TYPES } from './filter.ts'

const KINDS: readonly AlertKind[] = ['fraud', 'anomaly']

interface FilterFormProps {
  readonly filter: Filter
  readonly onChange: (change: Partial<Filter>) => void
}

export function FilterForm({ filter, onChange }: FilterFormProps) {
  const kinds = filter.kind === undefined ? KINDS : [filter.kind]
  const isPartOfAnId = filter.customer !== '' && customerId(filter) === undefined
  return (
    <Group gap="sm" align="flex-start" role="search" aria-label="Filter alerts">
      <Choice
        label="Kind"
        w={130}
        data={[
          { value: '', label: 'All' },
          { value: 'fraud', label: 'Fraud' },
          { value: 'anomaly', label: 'Anomalies' },
        ]}
        value={filter.kind ?? ''}
        choose={(kind) => onChange({ kind: KINDS.find((one) => one === kind), types: [] })}
      />
      <MultiSelect
        label="Rules"
        miw={200}
        maw={420}
        placeholder={filter.types.length === 0 ? 'all' : ''}
        data={kinds.map((kind) => ({
          group: kind === 'fraud' ? 'Fraud' : 'Anomalies',
          items: TYPES[kind].map((type) => ({ value: type, label: words(type) })),
        }))}
        value={[...filter.types]}
        clearable
        onChange={(types) => onChange({ types })}
      />
      <TextInput
        type="number"
        label="Score, at least"
        w={130}
        min={0}
        step={0.1}
        value={filter.minScore ?? ''}
        onChange={({ currentTarget: { value } }) => onChange({ minScore: value === '' ? undefined : Number(value) })}
      />
      <TextInput
        label="Customer"
        w={330}
        maw="100%"
        placeholder="id"
        value={filter.customer}
        error={isPartOfAnId ? 'An id has 36 characters' : undefined}
        onChange={(event) => onChange({ customer: event.currentTarget.value })}
      />
    </Group>
  )
}
