import { Anchor, Text } from '@mantine/core'
import { Link } from 'react-router'
import { Page } from '../elements/page.tsx'

export function NoSuchPage() {
  return (
    <Page title="No such page">
      <Text>
        There is nothing at this address.{' '}
        <Anchor component={Link} to="/" underline="always">
          To the start
        </Anchor>
      </Text>
    </Page>
  )
}
