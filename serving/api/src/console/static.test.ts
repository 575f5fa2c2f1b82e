import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import Fastify from 'fastify'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Api } from '../route.ts'
import { serveConsole } from './static.ts'

const BROWSER = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }

let folder: string
let app: Api
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'console-'))
  app = Fastify().withTypeProvider<TypeBoxTypeProvider>()
})
afterEach(async () => {
  await app.close()
  await rm(folder, { recursive: true })
})

const get = (url: string, headers: Record<string, string> = {}) => app.inject({ url, headers })

test('an address is a page for a browser, and a file where there is one', async () => {
  const built = join(folder, 'dist')
  await mkdir(join(built, 'assets'), { recursive: true })
  await writeFile(join(folder, 'secret.txt'), 'of nobody')
  await writeFile(join(built, 'index.html'), '<p>console</p>')
  await writeFile(join(built, 'assets/page-a1b2.js'), '1')
  await serveConsole(app, built)
  for (const url of ['/', '/alerts', '/topics/fintech.transactions', '/dashboards/customer?var-a=b']) {
    const answer = await get(url, BROWSER)
    expect([url, answer.statusCode, answer.body]).toEqual([url, 200, '<p>console</p>'])
    expect(answer.headers['cache-control']).toBe('no-cache')
  }
  const asset = await get('/assets/page-a1b2.js')
  expect(asset.body).toBe('1')
  expect(asset.headers['cache-control']).toContain('immutable')
  expect((await get('/alerts')).statusCode).toBe(404)
  expect((await get('/v1/nothing', BROWSER)).statusCode).toBe(404)
  expect((await get('/assets/other.js', BROWSER)).statusCode).toBe(404)
  for (const url of ['/../secret.txt', '/%2e%2e/secret.txt', '/assets/..%2f..%2fsecret.txt']) {
    expect((await get(url, BROWSER)).body).not.toContain('of nobody')
  }
})

test('as long as it is not built, the start is the documentation', async () => {
  await serveConsole(app, folder)
  const answer = await get('/', BROWSER)
  expect([answer.statusCode, answer.headers.location]).toEqual([302, '/docs'])
})
