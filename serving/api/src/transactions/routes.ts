import { problemResponse } from '../http/problem.ts'
import { type Api } from '../route.ts'
import { Recording } from './recording.ts'
import { NewTransaction, RecordedTransaction } from './schema.ts'
import { type Database } from '@fintech-streams/postgres'

/** Transactions from other people's services. */
export function transactionRoutes(app: Api, { database }: { readonly database: Database }): void {
  const recording = new Recording(database)
  app.post(
    '/v1/transactions',
    {
      config: { access: ['writer'] },
      schema: {
        summary: 'Records a transaction',
        description:
          'The row, the balance and the events that tell about them: all of it or nothing. The same request again has no ' +
          'effect and the same answer, so one whose answer was lost can be sent again. Risk score, level and flags follow ' +
          'from the facts. While history is being written this is unavailable: what comes before it would make it late.',
        tags: ['transactions'],
        body: NewTransaction,
        response: {
          201: {
            description: 'Recorded, now or before',
            headers: {
              'idempotent-replay': { type: 'string', description: '`true` when the transaction was there before' },
              late: {
                type: 'string',
                description: '`true` when it is recorded more than 15 minutes after `created_at`, so no job counts it',
              },
            },
            content: { 'application/json': { schema: RecordedTransaction } },
          },
          409: problemResponse('conflict', 'Another transaction has this id'),
          422: problemResponse(
            'unprocessable',
            'A party is not there, an account is not active, a currency is not taken, or an amount is too large',
          ),
        },
      },
    },
    async ({ body }, reply) => {
      const { transaction, wasThere, isLate } = await recording.record(body)
      if (wasThere) reply.header('idempotent-replay', 'true')
      if (isLate) reply.header('late', 'true')
      return reply.code(201).send(transaction)
    },
  )
}
