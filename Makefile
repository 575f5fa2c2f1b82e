# From clone to running: `make demo`. Node programs run on the Node 24 that npm ci brings, whatever the system's is.
BIN := node_modules/.bin
export PATH := $(CURDIR)/$(BIN):$(PATH)

INSTALLED := node_modules/.package-lock.json
MANIFESTS := package-lock.json package.json $(wildcard */package.json */*/package.json)
CONSOLE := serving/console
CONSOLE_SOURCES := $(wildcard $(CONSOLE)/*.*) $(shell find $(CONSOLE)/src $(CONSOLE)/public -type f)

DEMO_FLAGS = $(if $(DURATION),--duration $(DURATION)) $(if $(RATE),--rate $(RATE)) $(if $(BACKFILL),--backfill $(BACKFILL)) \
  $(if $(CUSTOMERS),--num-customers $(CUSTOMERS)) $(if $(WORKERS),--workers $(WORKERS))

.DEFAULT_GOAL := help
.PHONY: help setup console demo start stop status doctor test e2e chaos audit soak lint format compose-check bench flink-test spark-test clean

help: ## what there is
	@sed -n 's/^\([a-z0-9-]*\):.*## /  make \1  ~/p' $(MAKEFILE_LIST) | column -t -s '~'

$(INSTALLED): $(MANIFESTS)
	npm ci --no-audit --no-fund --loglevel=error
	@touch $@

$(CONSOLE)/dist/index.html: $(INSTALLED) $(CONSOLE_SOURCES)
	npm run --silent --workspace $(CONSOLE) build -- --logLevel warn

console: $(CONSOLE)/dist/index.html ## build the console, which the API serves

setup: $(INSTALLED) console ## Node packages, the console, Kafka, Connect and Debezium
	$(BIN)/fintech stack setup

demo: setup ## the whole platform on this machine; DURATION=90s RATE=10 CUSTOMERS=100 BACKFILL=2h WORKERS=1
	$(BIN)/fintech stack demo $(DEMO_FLAGS)

start: setup ## start the stack in the background
	$(BIN)/fintech stack start

stop: $(INSTALLED) ## stop it
	$(BIN)/fintech stack stop

status: $(INSTALLED) ## what runs, where, and whether it does its work
	@$(BIN)/fintech stack status

doctor: $(INSTALLED) ## what is missing or down, by name
	@$(BIN)/fintech stack doctor

test: setup ## everything a change must pass
	npm run --silent format:check
	npm run --silent lint
	npm run --silent typecheck
	npm run --silent test
	npm run --silent simulate -- --seeds 10000
	npm run --silent e2e

e2e: setup ## the tests that need the whole stack
	npm run --silent e2e

CHAOS_FLAGS = $(if $(FAULTS),--faults $(FAULTS)) $(if $(SEED),--seed $(SEED)) $(if $(RATE),--rate $(RATE)) \
  $(if $(CUSTOMERS),--customers $(CUSTOMERS))

chaos: setup ## break a stack of its own under load and recompute everything; FAULTS=60 SEED= RATE=1000 CUSTOMERS=5000
	$(BIN)/fintech chaos $(CHAOS_FLAGS)

audit: $(INSTALLED) ## conservation on the running system, as a table
	@$(BIN)/fintech audit

SOAK_FLAGS = $(if $(DURATION),--duration $(DURATION)) $(if $(RATE),--rate $(RATE)) $(if $(CUSTOMERS),--customers $(CUSTOMERS))

soak: setup ## hold a load and measure whether anything grows; DURATION=60m RATE=1000 CUSTOMERS=50000
	$(BIN)/fintech soak $(SOAK_FLAGS)

lint: $(INSTALLED) ## lint and types
	npm run --silent lint
	npm run --silent typecheck

format: $(INSTALLED) ## format every file
	npm run --silent format

compose-check: ## whether compose takes docker-compose.yml, by its own loader; needs Go
	@docker/check/run.sh docker-compose.yml > /dev/null && echo docker-compose.yml is good

bench: setup ## this processor against Apache Flink and the bare client; RECORDS=1000000 RUNS=3
	node bench/compare.ts $(if $(RECORDS),--records $(RECORDS)) $(if $(RUNS),--runs $(RUNS))

flink-test: setup ## the Flink jobs' results against the processor's, every field
	node bench/equality.ts

spark-test: $(INSTALLED) ## the reconciliation's queries in Spark against those in DuckDB, every row
	node bench/spark-equality.ts

clean: $(INSTALLED) ## stop everything; remove data, logs and pid files, the tests' too
	$(BIN)/fintech stack clean
	rm -rf .data/e2e .data/bench .data/chaos .data/soak
