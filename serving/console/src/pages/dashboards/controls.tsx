import { ActionIcon, Button, Group, MultiSelect, NativeSelect, Popover, Stack, TextInput } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { type FormEvent, type SyntheticEvent, useState } from 'react'
import { useNavigate } from 'react-router'
import type { DashboardList, Variable } from '@fintech-streams/api/schema'
import { useGet } from '../../api/queries.ts'
import { Choice } from '../../elements/choice.tsx'
import { fieldsOf } from '../../elements/fields.ts'
import { calendarIcon, refreshIcon } from '../../elements/icons.tsx'
import { bounds, durationMs, PRESETS } from './range.ts'
import type { View } from './view.ts'

const REFRESH = [
  { value: 'false', label: 'Off' },
  ...['5s', '10s', '30s', '1m'].map((label) => ({ value: String(durationMs(label)), label })),
]

interface ControlsProps {
  readonly view: View
  readonly variables: readonly Variable[]
  readonly uid: string
}

/** Which dashboard, which time, how often, and the dashboard's variables. */
export function Controls({ view, variables, uid }: ControlsProps) {
  return (
    <Group align="flex-end" gap="sm" role="group" aria-label="What is shown">
      <DashboardChoice uid={uid} range={view.range} />
      <RangeChoice view={view} />
      <NativeSelect
        label="Refresh"
        data={REFRESH}
        value={String(view.refreshMs)}
        onChange={({ currentTarget: { value } }) => view.setRefreshMs(value === 'false' ? false : Number(value))}
        w={90}
      />
      <ActionIcon variant="default" size={36} aria-label="Refresh now" onClick={() => view.refresh()}>
        {refreshIcon}
      </ActionIcon>
      {variables
        .filter(({ kind }) => kind !== 'constant')
        .map((variable) => (
          <VariableChoice key={`${uid} ${variable.name}`} variable={variable} view={view} />
        ))}
    </Group>
  )
}

function DashboardChoice({ uid, range }: { readonly uid: string; readonly range: View['range'] }) {
  const navigate = useNavigate()
  const { data } = useGet<DashboardList>('/v1/dashboards', { staleTime: Infinity })
  const choices = data?.dashboards.map(({ uid: value, title }) => ({ value, label: title })) ?? []
  return (
    <NativeSelect
      label="Dashboard"
      data={choices.length === 0 ? [uid] : choices}
      value={uid}
      onChange={({ currentTarget: { value } }) => {
        const search = new URLSearchParams({ from: range.from, to: range.to })
        void navigate({ pathname: `/dashboards/${value}`, search: search.toString() })
      }}
    />
  )
}

function RangeChoice({ view }: { readonly view: View }) {
  const [opened, { toggle, close }] = useDisclosure(false)
  const preset = PRESETS.find(({ value }) => view.range.from === value && view.range.to === 'now')
  return (
    <Group gap={4} align="flex-end" wrap="nowrap">
      <NativeSelect
        label="Time"
        data={preset === undefined ? [{ value: '', label: 'From … to …' }, ...PRESETS] : PRESETS}
        value={preset?.value ?? ''}
        onChange={({ currentTarget: { value } }) => value !== '' && view.setRange({ from: value, to: 'now' })}
      />
      <Popover opened={opened} onChange={(isOpen) => !isOpen && close()} trapFocus returnFocus withArrow>
        <Popover.Target>
          <ActionIcon variant="default" size={36} aria-label="Another time range" onClick={toggle}>
            {calendarIcon}
          </ActionIcon>
        </Popover.Target>
        <Popover.Dropdown>
          <CustomRange view={view} done={close} />
        </Popover.Dropdown>
      </Popover>
    </Group>
  )
}

/** `2026-01-31T10:00`, which is taken and shown as UTC. */
const inputText = (ms: number): string => new Date(ms).toISOString().slice(0, 16)

function CustomRange({ view, done }: { readonly view: View; readonly done: () => void }) {
  const [isRange, setIsRange] = useState(true)
  const { fromMs, toMs } = bounds(view.range, { from: 'now-3h', to: 'now' }, Date.now())
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault()
    const field = fieldsOf(event.currentTarget)
    const [from = NaN, to = NaN] = ['from', 'to'].map((name) => Date.parse(`${field(name)}Z`))
    setIsRange(from < to)
    if (!(from < to)) return
    view.setRange({ from: String(from), to: String(to) })
    done()
  }
  return (
    <form onSubmit={submit}>
      <Stack gap="xs">
        <TextInput type="datetime-local" name="from" label="From (UTC)" defaultValue={inputText(fromMs)} />
        <TextInput
          type="datetime-local"
          name="to"
          label="To (UTC)"
          defaultValue={inputText(toMs)}
          error={isRange ? undefined : 'It must end after it begins'}
        />
        <Button type="submit" size="xs">
          Show it
        </Button>
      </Stack>
    </form>
  )
}

function VariableChoice({ variable, view }: { readonly variable: Variable; readonly view: View }) {
  const { name, label, kind, multi, options } = variable
  const values = view.variables[name] ?? []
  if (kind === 'text') return <TextChoice variable={variable} view={view} />
  if (!multi) {
    return (
      <Choice
        label={label}
        data={[...new Set([...options, ...values])]}
        value={values[0] ?? null}
        choose={(value) => view.setVariable(name, [value])}
        searchable
        nothingFoundMessage="Nothing like that"
        limit={50}
        w={{ base: '100%', xs: 330 }}
      />
    )
  }
  const isAll = options.every((option) => values.includes(option))
  return (
    <MultiSelect
      label={label}
      data={options}
      value={isAll ? [] : [...values]}
      placeholder={isAll ? 'All' : ''}
      onChange={(chosen) => view.setVariable(name, chosen)}
      searchable
      clearable
      clearButtonProps={{ 'aria-label': `All of ${label}` }}
      miw={150}
      maw={360}
    />
  )
}

/** Takes effect when it is left or with Enter: otherwise every letter would ask the API. */
function TextChoice({ variable: { name, label }, view }: { readonly variable: Variable; readonly view: View }) {
  const value = view.variables[name]?.[0] ?? ''
  const take = ({ currentTarget: { value: text } }: SyntheticEvent<HTMLInputElement>): void => {
    if (text.trim() !== value) view.setVariable(name, [text.trim()])
  }
  return (
    <TextInput
      key={value}
      label={label}
      defaultValue={value}
      onBlur={take}
      onKeyDown={(event) => event.key === 'Enter' && take(event)}
      w={{ base: '100%', xs: 330 }}
    />
  )
}
