import { MantineProvider } from '@mantine/core'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { BrowserRouter, Route, Routes } from 'react-router'
import { ApiProblem } from './api/problem.ts'
import { PAGES } from './pages/registry.ts'
import { GrafanaLink } from './shell/grafana-link.tsx'
import { Layout } from './shell/layout.tsx'
import { NoSuchPage } from './shell/no-such-page.tsx'
import { theme, variables } from './theme.ts'

const RETRIES_MAX = 2

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      // Asking again does not change what is wrong with the request or the token.
      retry: (failures, error) => failures < RETRIES_MAX && !(error instanceof ApiProblem && error.status < 500),
      refetchOnWindowFocus: false,
    },
  },
})

/** The console: its pages within the shell. */
export function App() {
  return (
    <MantineProvider theme={theme} cssVariablesResolver={variables} defaultColorScheme="auto">
      <QueryClientProvider client={queries}>
        <BrowserRouter>
          <Routes>
            <Route element={<Layout />}>
              {PAGES.map(({ paths, component: Page }) =>
                paths.map((path) => <Route key={path} path={path} element={<Page />} />),
              )}
              <Route path="/d/:uid" element={<GrafanaLink />} />
              <Route path="*" element={<NoSuchPage />} />
            </Route>
          </Routes>
        </BrowserRouter>
      </QueryClientProvider>
    </MantineProvider>
  )
}
