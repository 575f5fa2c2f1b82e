# From clone to running: `make demo`. Node programs run on the Node 24 that npm ci brings, whatever the system's is.
BIN := node_modules/.bin
export PATH := $(CURDIR)/$(BIN):$(PATH)

INSTALLED := node_modules/.package-lock.json
MANIFESTS := package-lock.json package.json $(wildcard */package.json)

DEMO_FLAGS = $(if $(DURATION),--duration $(DURATION)) $(if $(RATE),--rate $(RATE)) $(if $(BACKFILL),--backfill $(BACKFILL)) \
  $(if $(CUSTOMERS),--num-customers $(CUSTOMERS)) $(if $(WORKERS),--workers $(WORKERS))

.DEFAULT_GOAL := help
.PHONY: help setup demo start stop status doctor test e2e lint format compose-check clean

help: ## what there is
	@sed -n 's/^\([a-z0-9-]*\):.*## /  make \1  ~/p' $(MAKEFILE_LIST) | column -t -s '~'

$(INSTALLED): $(MANIFESTS)
	npm ci --no-audit --no-fund --loglevel=error
	@touch $@

setup: $(INSTALLED) ## Node packages, Kafka, Connect and Debezium
	$(BIN)/stack setup

demo: setup ## the whole platform on this machine; DURATION=90s RATE=10 CUSTOMERS=100 BACKFILL=2h WORKERS=1
	$(BIN)/stack demo $(DEMO_FLAGS)

start: setup ## start the stack in the background
	$(BIN)/stack start

stop: $(INSTALLED) ## stop it
	$(BIN)/stack stop

status: $(INSTALLED) ## what runs, where, and whether it does its work
	@$(BIN)/stack status

doctor: $(INSTALLED) ## what is missing or down, by name
	@$(BIN)/stack doctor

test: setup ## everything a change must pass
	npm run --silent format:check
	npm run --silent lint
	npm run --silent typecheck
	npm run --silent test
	npm run --silent e2e

e2e: setup ## the tests that need the whole stack
	npm run --silent e2e

lint: $(INSTALLED) ## lint and types
	npm run --silent lint
	npm run --silent typecheck

format: $(INSTALLED) ## format every file
	npm run --silent format

compose-check: ## whether compose takes docker-compose.yml, by its own loader; needs Go
	@docker/check/run.sh docker-compose.yml > /dev/null && echo docker-compose.yml is good

clean: $(INSTALLED) ## stop everything; remove data, logs and pid files, the tests' too
	$(BIN)/stack clean
	rm -rf .data/e2e .data/bench
