import { formatInstant } from '@fintech-streams/contracts'
import { formatE8 } from '@fintech-streams/ledger'
import { type Quote, type Session } from '../model/records.ts'

export function sessionRow(s: Session) {
  return {
    session_id: s.sessionId,
    customer_id: s.customerId,
    channel: s.channel,
    device_type: s.deviceType,
    device_fingerprint: s.deviceFingerprint,
    ip_address: s.ipAddress,
    location: s.location,
    actions_count: s.actionsCount,
    started_at: formatInstant(s.startedAtMs),
    ended_at: formatInstant(s.endedAtMs),
  }
}

export function quoteRow(q: Quote) {
  return {
    symbol: q.symbol,
    kind: q.kind,
    price: formatE8(q.priceE8),
    change: formatE8(q.changeE8),
    volume: q.volume,
    market_cap: q.marketCap,
    recorded_at: formatInstant(q.recordedAtMs),
  }
}
