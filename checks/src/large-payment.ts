import { randomUUID } from 'node:crypto'
import { type Stack } from '@fintech-streams/local'

/** Who pays: an account and its customer. */
export interface Payer {
  readonly customer_id: string
  readonly account_id: string
}

/**
 * Records a payment far above its customer's mean by the API, as a service of somebody else does.
 * @returns its transaction id.
 */
export async function recordLargePayment(
  stack: Stack,
  payer: Payer,
  transactionId: string = randomUUID(),
): Promise<string> {
  const response = await fetch(`http://localhost:${stack.ports.api}/v1/transactions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      transaction_id: transactionId,
      ...payer,
      transaction_type: 'WITHDRAWAL',
      amount: '4000000.00',
      currency: 'USD',
      channel: 'ATM',
    }),
  })
  if (!response.ok) throw new Error(`the payment is refused with ${response.status}: ${await response.text()}`)
  return transactionId
}
