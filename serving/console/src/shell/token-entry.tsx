import { ActionIcon, Button, Group, Modal, PasswordInput, Stack, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useEffect } from 'react'
import { setToken, useIsRefused, useToken } from '../api/token.ts'
import { fieldsOf } from '../elements/fields.ts'
import { keyIcon } from '../elements/icons.tsx'

/** Where the token is given. It opens by itself when the API refuses, and is not there while everybody is let in. */
export function TokenEntry({ isOpen }: { readonly isOpen: boolean }) {
  const [opened, { open, close }] = useDisclosure(false)
  const token = useToken()
  const isRefused = useIsRefused()
  const queries = useQueryClient()

  useEffect(() => {
    if (isRefused) open()
  }, [isRefused, open])

  const use = (given: string | undefined) => {
    setToken(given)
    close()
    void queries.invalidateQueries()
  }
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const given = fieldsOf(event.currentTarget)('token')
    if (given !== '') use(given)
  }

  return (
    <>
      {!(isOpen && token === undefined) && (
        <ActionIcon variant="default" size="lg" aria-label="Token" onClick={open}>
          {keyIcon}
        </ActionIcon>
      )}
      <Modal opened={opened} onClose={close} title="Token" centered closeButtonProps={{ 'aria-label': 'Close' }}>
        <form onSubmit={submit}>
          <Stack>
            {isRefused && token !== undefined && (
              <Text role="alert">The API does not know this token: it is unknown, expired or revoked.</Text>
            )}
            <PasswordInput
              data-autofocus
              label="Token"
              description="An operator makes one: npx fintech serving token create --name you --role viewer. It is kept until this tab is closed."
              name="token"
              autoComplete="off"
            />
            <Group justify="flex-end">
              {token !== undefined && (
                <Button variant="default" onClick={() => use(undefined)}>
                  Forget the token
                </Button>
              )}
              <Button type="submit">Use it</Button>
            </Group>
          </Stack>
        </form>
      </Modal>
    </>
  )
}
