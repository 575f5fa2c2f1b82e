import { Type } from 'typebox'
import { isAllowed } from '../access/roles.ts'
import { type Database } from '@fintech-streams/postgres'
import { Problem } from '@fintech-streams/service'
import { problemResponse } from '../http/problem.ts'
import { type Api } from '../route.ts'
import { Customers } from './customers.ts'
import { Customer, TransactionsPage } from './schema.ts'

const PAGE_ROWS_MAX = 200

const access = ['viewer', 'fraud_analyst', 'compliance', 'operations'] as const
/** Who may know a customer's name and address. */
const PERSONAL = ['fraud_analyst', 'compliance', 'operations'] as const

const Params = Type.Object({ customer_id: Type.String({ format: 'uuid' }) })

/** A customer: profile, accounts, what the jobs found last, and the transactions. */
export function customerRoutes(app: Api, { database }: { readonly database: Database }): void {
  const customers = new Customers(database)
  app.get(
    '/v1/customers/:customer_id',
    {
      config: { access },
      schema: {
        summary: 'A customer’s profile, accounts, and the newest result of each job',
        tags: ['customers'],
        params: Params,
        response: { 200: Customer, 404: problemResponse('not_found', 'There is no such customer') },
      },
    },
    async ({ caller, params }, reply) => {
      reply.header('cache-control', 'no-store')
      const showsPersonal = isAllowed(PERSONAL, caller?.roles ?? [])
      const customer = await customers.read(params.customer_id.toLowerCase(), showsPersonal)
      if (customer === undefined) throw new Problem('not_found', `there is no customer ${params.customer_id}`)
      return customer
    },
  )

  app.get(
    '/v1/customers/:customer_id/transactions',
    {
      config: { access },
      schema: {
        summary: 'A customer’s transactions with their verdicts, the newest first',
        description: 'Those that were judged: one that has just been written comes a moment later.',
        tags: ['customers'],
        params: Params,
        querystring: Type.Object(
          {
            limit: Type.Integer({ minimum: 1, maximum: PAGE_ROWS_MAX, default: 20 }),
            cursor: Type.Optional(Type.String({ maxLength: 512, description: 'next_cursor of the page before' })),
          },
          { additionalProperties: false },
        ),
        response: { 200: TransactionsPage },
      },
    },
    async ({ params, query }, reply) => {
      reply.header('cache-control', 'no-store')
      return customers.transactions(params.customer_id.toLowerCase(), query.limit, query.cursor)
    },
  )
}
