# `make` lists the targets.
GO       ?= go
FUZZTIME ?= 10s
SIZE     ?= m
TAGS     := urfave_cli_no_docs

.DEFAULT_GOAL := help
.PHONY: help build demo test test-full race fuzz lint fixtures descriptors golden bench bench-quick microbench cover clean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' Makefile | expand -t 14

build: ## build ./boltvet, and ./boltvet-upstream for verify --upstream
	CGO_ENABLED=0 $(GO) build -trimpath -tags $(TAGS) -o ./ ./cmd/...

demo: build ## make a snapshot with an embedded etcd and show boltvet on it
	$(GO) run ./fixtures/demo -boltvet ./boltvet -out demo-out

test: ## vet and every test that a change needs
	$(GO) vet ./... && $(GO) test ./...
	$(GO) test -C fixtures/peers/k8s/oracle ./...

test-full: ## hours: full sweeps, large files, all releases of etcd, long fuzzing
	BOLTVET_FULL=1 $(GO) test -timeout 3h ./...
	BOLTVET_FULL=1 $(GO) test -C fixtures/peers/k8s/oracle -timeout 1h ./...
	BOLTVET_FULL=1 FUZZTIME=10m .ci/fuzz

race: ## the tests under the race detector (needs a C compiler)
	$(GO) test -race ./...

fuzz: ## each fuzz target for FUZZTIME (10s)
	FUZZTIME=$(FUZZTIME) .ci/fuzz

lint: ## format, vet and the house rules
	$(GO) vet ./... && $(GO) test -count=1 ./internal/lint
	@if command -v staticcheck >/dev/null; then staticcheck ./...; fi

fixtures: ## make the committed fixtures again; fails if one that should be stable changed
	$(GO) generate ./fixtures/... && git diff --stat --exit-code -- fixtures

descriptors: ## make the embedded Kubernetes descriptors again; fails if they changed
	$(GO) generate ./internal/k8s && git diff --stat --exit-code -- internal/k8s

golden: ## rewrite the expected output of the command line tests; read the diff
	$(GO) test ./cmd/boltvet ./internal/render -update

bench: build bin/bench ## boltvet against etcdutl, bbolt and the machine; SIZE=l: 3 GB as well; writes bench/RESULTS.md
	bin/bench -size $(SIZE) -out bench/RESULTS.md

bench-quick: build bin/bench ## the same in two minutes: 0.5 GB, core commands, no report
	bin/bench -quick -rounds 5

.PHONY: bin/bench
bin/bench:
	$(GO) build -trimpath -o bin/ ./bench ./bench/limits

microbench: ## the Go benchmarks of all packages
	$(GO) test -run '^$$' -bench . -benchmem ./...

cover: ## coverage per package, and cover.out
	$(GO) test -coverprofile cover.out ./... && $(GO) tool cover -func cover.out | tail -n 1

clean: ## remove what the targets above made
	rm -rf boltvet boltvet-upstream bin demo-out cover.out
