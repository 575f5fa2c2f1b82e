"""One run of the rolling risk score as its first sketch has it, with the read pruned; prints its figures as JSON.

python3 seed.py <users> <hot: 0 or 1>

The same workload as the others: every user pays once in 50 s, in the hot one every second event is one user's. Times
are processor time, in nanoseconds for one operation; the texts of the ids are made beforehand.
"""

import json
import random
import sys
import time
from collections import defaultdict, deque

EVENTS_A_USER = 1.2
WINDOW_MS = 60_000
STRIDE = 7_368_787
BLOCK_EVENTS = 10_000
MEASURED_EVENTS = 500_000
MEASURED_READS = 500_000


class RiskScorer:
    def __init__(self):
        self.txn_data = defaultdict(deque)
        self.amount_sum = defaultdict(float)
        self.txn_count = defaultdict(int)
        self.window_size = WINDOW_MS

    def add_transaction(self, user_id, amount, timestamp):
        dq = self.txn_data[user_id]
        dq.append((timestamp, amount))
        self.amount_sum[user_id] += amount
        self.txn_count[user_id] += 1

        # Prune old transactions
        while dq and timestamp - dq[0][0] > self.window_size:
            old_ts, old_amt = dq.popleft()
            self.amount_sum[user_id] -= old_amt
            self.txn_count[user_id] -= 1

    def get_risk_score(self, user_id, now):
        # What the sketch lacks: without this, a user who pays no more keeps the score for ever.
        dq = self.txn_data.get(user_id)
        if dq is None:
            return 0.0
        while dq and now - dq[0][0] > self.window_size:
            old_ts, old_amt = dq.popleft()
            self.amount_sum[user_id] -= old_amt
            self.txn_count[user_id] -= 1
        if self.txn_count[user_id] == 0:
            return 0.0
        return self.amount_sum[user_id] / self.txn_count[user_id]


def name(number):
    text = "%032x" % (number * 0x9E3779B97F4A7C15F39CC0605CEDC835 & (1 << 128) - 1)
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def resident_bytes():
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * 4096


class Run:
    def __init__(self, users, is_hot):
        self.users = users
        self.is_hot = is_hot
        self.window_events = int(users * EVENTS_A_USER * (2 if is_hot else 1))
        self.next_event = 0
        self.scorer = RiskScorer()

    def event(self, number):
        if self.is_hot and number % 2 == 0:
            user = 0
        else:
            turn = number // 2 if self.is_hot else number
            user = turn % self.users * STRIDE % self.users
        return name(user), (number * 48271 & 0xFFFFF) / 100, number * WINDOW_MS // self.window_events

    def add_block(self):
        events = [self.event(self.next_event + n) for n in range(BLOCK_EVENTS)]
        self.next_event += BLOCK_EVENTS
        add = self.scorer.add_transaction
        started = time.process_time_ns()
        for user_id, amount, timestamp in events:
            add(user_id, amount, timestamp)
        return time.process_time_ns() - started

    def read_block(self):
        names = [name(random.randrange(self.users)) for _ in range(BLOCK_EVENTS)]
        now = (self.next_event - 1) * WINDOW_MS // self.window_events
        read = self.scorer.get_risk_score
        started = time.process_time_ns()
        for user_id in names:
            read(user_id, now)
        return time.process_time_ns() - started


def main():
    run = Run(int(sys.argv[1]), sys.argv[2] == "1")
    before = resident_bytes()
    while run.next_event < run.window_events * 1.05 + BLOCK_EVENTS:
        run.add_block()
    held = resident_bytes() - before
    add_ns = sum(run.add_block() for _ in range(MEASURED_EVENTS // BLOCK_EVENTS)) / MEASURED_EVENTS
    read_ns = sum(run.read_block() for _ in range(MEASURED_READS // BLOCK_EVENTS)) / MEASURED_READS
    figures = {"users": run.users, "events": run.window_events, "addNs": add_ns, "readNs": read_ns, "bytes": held}
    print(json.dumps(figures))


main()
