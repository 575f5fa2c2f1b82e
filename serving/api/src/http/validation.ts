import { isUuid } from '@fintech-streams/contracts'
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
  const [fromText, typed] = [new Ajv({ ...options, coerceTypes: 'array' }), new Ajv(options)]
  // The format's usual check allows `urn:uuid:` before it, which Postgres does not take.
  for (const ajv of [fromText, typed]) addFormats.default(ajv).addFormat('uuid', isUuid)
  return ({ schema, httpPart }) => (httpPart === 'body' ? typed : fromText).compile(schema)
}
