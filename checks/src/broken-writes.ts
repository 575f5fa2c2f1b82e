import { type Stack, withClient } from '@fintech-streams/local'

/** Whatever belongs together in one database transaction and is not there together, by name; nothing when all is well. */
export async function brokenWrites(stack: Stack, database: string): Promise<Record<string, number>> {
  const checks: Record<string, string> = {
    'transactions without their one event': `transactions t where 1 <> (select count(*) from outbox o
      where o.event_type = 'transaction_created' and o.aggregate_id = t.transaction_id::text)`,
    'events without their transaction': `outbox o where event_type = 'transaction_created'
      and not exists (select from transactions t where t.transaction_id::text = o.aggregate_id)`,
    'completed transactions without their balance rows': `transactions t where status = 'COMPLETED'
      and (select count(*) from account_balances b where b.transaction_id = t.transaction_id) <> case
        when exists (select from accounts a where a.account_id = t.to_account_id) then 2 else 1 end`,
    'balance rows of failed transactions': `account_balances b join transactions t using (transaction_id)
      where t.status in ('FAILED', 'DECLINED')`,
    'balance rows without their event': `account_balances b where 1 <> (select count(*) from outbox o
      where o.event_type = 'account_balance_changed' and o.aggregate_id = b.account_id::text
      and o.payload ->> 'transaction_id' = b.transaction_id::text)`,
    'accounts whose balance is not their last row': `accounts a join lateral (
      select balance from account_balances b where b.account_id = a.account_id order by balance_id desc limit 1
      ) last on true where last.balance <> a.balance`,
    'accounts whose balance is not what they opened with and what changed it': `accounts a
      join outbox opened on opened.event_type = 'account_opened' and opened.aggregate_id = a.account_id::text
      where a.balance <> (opened.payload ->> 'balance')::numeric + coalesce((
        select sum((o.payload ->> 'changed_by')::numeric) from outbox o
        where o.event_type = 'account_balance_changed' and o.aggregate_id = a.account_id::text), 0)`,
    'alerts without their event': `fraud_alerts f where 1 <> (select count(*) from outbox o
      where o.event_type = 'fraud_alert_raised' and o.aggregate_id = f.alert_id::text)`,
    'alerts without their transaction': `fraud_alerts f
      where not exists (select from transactions t where t.transaction_id = f.transaction_id)`,
    'labels without their transaction': `fraud_labels l
      where not exists (select from transactions t where t.transaction_id = l.transaction_id)`,
    'rows written before their time': "outbox o where (o.payload ->> 'created_at')::timestamptz > o.created_at",
  }
  return withClient(stack, database, async (client) => {
    const found: Record<string, number> = {}
    // The checks join each row with its event: an index for the time of the look.
    await client.query('create index if not exists outbox_aggregate on outbox (aggregate_id)')
    await client.query('create index if not exists balances_transaction on account_balances (transaction_id)')
    await client.query('create index if not exists balances_account on account_balances (account_id, balance_id)')
    for (const [name, from] of Object.entries(checks)) {
      const { rows } = await client.query<{ n: number }>(`select count(*)::integer as n from ${from}`)
      if (rows[0]?.n !== 0) found[name] = rows[0]?.n ?? NaN
    }
    return found
  })
}
