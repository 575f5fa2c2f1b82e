import { type Api } from '../route.ts'
import { Problem } from '@fintech-streams/service'

/**
 * Notes the methods of the routes that come after it.
 * @returns adds, for each address, an answer to the other methods that names the right ones.
 */
export function collectMethods(app: Api): () => void {
  const methods = new Map<string, Set<string>>()
  let collecting = true
  app.addHook('onRoute', ({ url, method }) => {
    if (!collecting) return
    const known = methods.get(url) ?? new Set<string>()
    methods.set(url, known)
    for (const one of [method].flat()) known.add(one.toUpperCase())
  })
  return () => {
    collecting = false
    for (const [url, known] of methods) {
      const allow = [...known].sort().join(', ')
      app.route({
        url,
        method: app.supportedMethods.filter((method) => !known.has(method)),
        config: { access: 'public' },
        schema: { hide: true },
        // Before the request's body and type are looked at.
        onRequest: async () => {
          throw new Problem('method_not_allowed', `this address takes ${allow}`, { headers: { allow } })
        },
        handler: () => undefined,
      })
    }
  }
}
