import { Stack } from '@mantine/core'
import { Page } from '../../elements/page.tsx'
import { Chaos } from './chaos.tsx'
import { ConservationView } from './conservation.tsx'

/** Whether anything was lost, counted twice or changed. */
export default function Audit() {
  return (
    <Page title="Audit" description="Whether anything was lost, counted twice or changed on its way">
      <Stack gap="xl">
        <ConservationView />
        <Chaos />
      </Stack>
    </Page>
  )
}
