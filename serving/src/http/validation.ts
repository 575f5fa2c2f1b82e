import { Ajv } from 'ajv'
import addFormats from 'ajv-formats'
import { type FastifySchemaCompiler } from 'fastify'
import { type TSchema } from 'typebox'

/**
 * Checks requests against their schemas. What comes as text (query, path, headers) is read as the type that the schema
 * wants; a body must have the right types already. Fields that a schema does not know are refused where it says so
 * (`additionalProperties: false`), never silently left out.
 */
export function requestValidator(): FastifySchemaCompiler<TSchema> {
  const options = { useDefaults: true, removeAdditional: false, allErrors: true } as const
  const fromText = addFormats.default(new Ajv({ ...options, coerceTypes: 'array' }))
  const typed = addFormats.default(new Ajv(options))
  return ({ schema, httpPart }) => (httpPart === 'body' ? typed : fromText).compile(schema)
}
