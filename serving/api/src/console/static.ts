import { existsSync } from 'node:fs'
import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import { type Api } from '../route.ts'

/** The console as it is built; without it `/` leads to the API's documentation. */
const CONSOLE = join(import.meta.dirname, '../../../console/dist')

/** Files whose name has a hash of what is in them never change. */
const HASHED = /^assets\//
/** Besides those there are only files beside the page itself: a topic's name has a dot, too. */
const FILE = /^[^/]+\.\w+$/

/**
 * Serves the console's files to everybody: they hold no data, which comes from the API, with a token. An address without
 * a file is a page of the console for a browser that wants one, and nothing for every other client.
 */
export async function serveConsole(app: Api, directory = CONSOLE): Promise<void> {
  await app.register(async (scope) => {
    scope.addHook('onRoute', (route) => {
      route.config = { ...route.config, access: 'public' }
    })
    if (!existsSync(join(directory, 'index.html'))) {
      scope.get('/', { schema: { hide: true } }, (_, reply) => reply.redirect('/docs'))
      return
    }
    await scope.register(fastifyStatic, { root: directory, serve: false })
    scope.get<{ Params: { '*': string } }>('/*', { schema: { hide: true } }, (request, reply) => {
      const path = request.params['*']
      if (HASHED.test(path)) return reply.sendFile(path, { maxAge: '1y', immutable: true })
      if (FILE.test(path)) return reply.sendFile(path)
      const isPage = path === '' || (!path.startsWith('v1/') && wantsPage(request.headers.accept))
      if (!isPage) return reply.callNotFound()
      return reply.header('cache-control', 'no-cache').sendFile('index.html', { cacheControl: false })
    })
  })
}

const wantsPage = (accept: string | undefined): boolean => accept?.includes('text/html') === true
