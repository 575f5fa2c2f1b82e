import { type TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import {
  type FastifyBaseLogger,
  type FastifyInstance,
  type RawReplyDefaultExpression,
  type RawRequestDefaultExpression,
  type RawServerDefault,
} from 'fastify'
import { type Dependencies } from './dependencies.ts'

/** The server as routes see it: a TypeBox schema gives both the check and the type of what a request holds. */
export type Api = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>

/** The routes of one subject. Each route says in its `config.access` who may use it. */
export type Routes = (app: Api, dependencies: Dependencies) => void | Promise<void>
