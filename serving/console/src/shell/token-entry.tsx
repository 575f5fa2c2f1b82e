import { ActionIcon, Button, Group, Modal, PasswordInput, Stack, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useEffect, useState } from 'react'
import { setToken, useIsRefused, useToken } from '../api/token.ts'
import { keyIcon } from '../elements/icons.tsx'

/** Where the token is given. It opens by itself when the API refuses, and is not there while everybody is let in. */
export function TokenEntry({ isOpen }: { readonly isOpen: boolean }) {
  const [opened, { open, close }] = useDisclosure(false)
  const [text, setText] = useState('')
  const token = useToken()
  const isRefused = useIsRefused()
  const queries = useQueryClient()

  useEffect(() => {
    if (isRefused) open()
  }, [isRefused, open])

  const use = (given: string | undefined) => {
    setToken(given)
    setText('')
    close()
    void queries.invalidateQueries()
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (text.trim() !== '') use(text.trim())
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
              value={text}
              onChange={(event) => setText(event.currentTarget.value)}
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
