import { Alert, AppShell, Burger, Group, NavLink, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { Component, type ReactNode, Suspense } from 'react'
import { NavLink as RouterLink, Outlet, useLocation } from 'react-router'
import { useGet } from '../api/queries.ts'
import { Failure, Loading } from '../elements/states.tsx'
import { PAGES } from '../pages/registry.ts'
import { ColorSchemeToggle } from './color-scheme-toggle.tsx'
import { TokenEntry } from './token-entry.tsx'

/** Header, navigation and, within, the page. */
export function Layout() {
  const [opened, { toggle, close }] = useDisclosure(false)
  const { pathname } = useLocation()
  const health = useGet<{ access: 'open' | 'tokens' }>('/healthz', { everyMs: 30_000 })
  return (
    <AppShell
      header={{ height: 52 }}
      navbar={{ width: 190, breakpoint: 'sm', collapsed: { mobile: !opened } }}
      padding={{ base: 'sm', sm: 'md' }}
    >
      <a className="skip-link" href="#content">
        Skip to the content
      </a>
      <AppShell.Header>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Group gap="sm" wrap="nowrap">
            <Burger
              opened={opened}
              onClick={toggle}
              hiddenFrom="sm"
              size="sm"
              aria-label={opened ? 'Close the navigation' : 'Open the navigation'}
              aria-expanded={opened}
            />
            <img src="/icon.svg" width={26} height={26} alt="" />
            <Text fw={600}>fintech-streams</Text>
          </Group>
          <Group gap="xs" wrap="nowrap">
            <TokenEntry isOpen={health.data?.access === 'open'} />
            <ColorSchemeToggle />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs" aria-label="Pages">
        {NAVIGATION.map(({ path, label }) => (
          <NavLink
            key={path}
            component={RouterLink}
            to={path}
            label={label}
            active={path === '/' ? pathname === '/' : pathname.startsWith(path)}
            onClick={close}
          />
        ))}
        <NavLink component="a" href="/docs" label="API" mt="auto" />
      </AppShell.Navbar>
      <AppShell.Main id="content" tabIndex={-1}>
        {health.data?.access === 'open' && (
          <Alert color="yellow" p="xs" mb="md" role="note">
            Demo: without tokens, everybody who can reach this port may see and do everything.
          </Alert>
        )}
        <Boundary key={pathname}>
          <Suspense fallback={<Loading />}>
            <Outlet />
          </Suspense>
        </Boundary>
      </AppShell.Main>
    </AppShell>
  )
}

const NAVIGATION = PAGES.flatMap(({ paths: [pattern], navigation }) =>
  // Parameters of a page that the navigation leads to can be left out.
  navigation === undefined ? [] : { ...navigation, path: pattern.replace(/\/:.*$/, '') || '/' },
).toSorted((a, b) => a.place - b.place)

/** A page that breaks, or cannot be loaded, leaves the shell standing. */
class Boundary extends Component<{ readonly children: ReactNode }, { readonly error: Error | undefined }> {
  override state: { readonly error: Error | undefined } = { error: undefined }

  static getDerivedStateFromError(error: Error): { error: Error } {
    return { error }
  }

  override render(): ReactNode {
    if (this.state.error === undefined) return this.props.children
    return <Failure error={this.state.error} retry={() => window.location.reload()} />
  }
}
