# Everything that can be done with this repository. "make help" lists it.

# golangci-lint is found where "go install" puts it.
export PATH := $(PATH):$(or $(shell go env GOBIN),$(shell go env GOPATH)/bin)

# The version comes from git through the build information. -buildvcs is given on the command line so that GOFLAGS
# cannot override it. Outside a git work tree there is no version to find.
VCS   := $(shell test -e .git && git rev-parse -q --verify HEAD >/dev/null 2>&1 && echo true || echo false)
# Without the tag, the flag library includes a Markdown renderer for manual pages, which mqtool does not use. Setting
# up that renderer takes a third of the time in which a command starts. The tests start a thousand. The second tag
# leaves HTTP/2 out: WebSockets begin with HTTP/1.1, and so does the page of listen, which has no TLS.
TAGS  := -tags urfave_cli_no_docs,nethttpomithttp2
BUILD := -trimpath -buildvcs=$(VCS) $(TAGS) $(if $(VERSION),-ldflags '-X mqtool/commands/internal/cmdline.release=$(VERSION)')

FUZZTIME ?= 30s

.DEFAULT_GOAL := build
.PHONY: build build-to packages demo test check fuzz golden bench bench-live torture cover install man clean help

build: ## build ./mqtool (what plain "make" does); VERSION=1.2.3 says which it is where git does not
	CGO_ENABLED=0 go build $(BUILD) -o mqtool .

# Functions at multiples of 16 bytes instead of 32 take 150 kB less on amd64. With that, the program for Linux has less than 14 MiB.
build-to: # like build, but without debugging information and into OUT; for scripts/package/build
	go build $(BUILD) -ldflags '-s -w -funcalign=16 -X mqtool/commands/internal/cmdline.release=$(VERSION)' -o $(OUT) .

demo: ## mqtool at work: listens to simulated devices, wakes cameras, shows pictures, lets a person in
	@scripts/demo

test: ## run the tests
	go test $(TAGS) ./...

# Under the race detector a program needs four times as long to start, and the scripts start fifteen hundred programs.
# So only those scripts run there in which a program does several things at a time, with one broker. Packages that start
# no goroutine and share nothing are left out; those that use them from several goroutines are not. "make test" runs
# everything, also a short torture.
check: ## all that CI demands: format, vet, lint, tidy, race, what the codec imports
	@echo gofmt -l .
	@files=$$(gofmt -l .); if [ -n "$$files" ]; then echo "not formatted:"; echo "$$files"; exit 1; fi
	go vet ./...
	@if command -v golangci-lint >/dev/null; then echo golangci-lint run; golangci-lint run; \
	else echo "golangci-lint is not installed: skipped (.ci/run installs it)"; fi
	go mod tidy -diff
	@echo the codec imports the standard library only
	@others=$$(go list -deps -f '{{if not .Standard}}{{.ImportPath}}{{end}}' ./codec/... | grep -v '^mqtool/codec'); \
	if [ -n "$$others" ]; then echo "not so:"; echo "$$others"; exit 1; fi
	go test $(TAGS) -race -short $$(grep -rlE --include='*.go' '^\s*go (func|\w)|\.Go\(|"sync"' . | xargs -n 1 dirname | sort -u)

fuzz: ## run every fuzz target for FUZZTIME (30s)
	@for package in $$(go list ./...); do \
		targets=$$(go test -list '^Fuzz' $$package) || { echo "$$targets"; exit 1; }; \
		for target in $$(echo "$$targets" | grep '^Fuzz'); do \
			echo "$$package $$target"; \
			go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 10x $$package || exit 1; \
		done; \
	done

golden: ## write the golden files anew; review them like code
	@for folder in $$(grep -rl --include='*_test.go' '"update"' . | xargs -r -n 1 dirname | sort -u); do \
		go test $(TAGS) $$folder -update || exit 1; \
	done

bench: ## compare with xxd, jq, Python and others, side by side, in under ten minutes
	scripts/bench/run

bench-live: ## compare with mosquitto_pub and mosquitto_sub on a broker of its own, in a few minutes
	scripts/bench/live

torture: ## break brokers, lines and listeners for two minutes each, and count what is lost
	scripts/torture

cover: ## which statements the tests reach, over all packages; details in cover.html
	go test $(TAGS) -coverpkg=./... -coverprofile=cover.out ./...
	go tool cover -html=cover.out -o cover.html
	@go tool cover -func=cover.out | tail -n 1

install: ## install mqtool where "go install" puts programs
	CGO_ENABLED=0 go install $(BUILD) .

# A page shows the date of what it was made from, so that two builds are equal.
man: ## write the manual pages into man/
	go run $(TAGS) ./scripts/man man "$$(git log -1 --format=%cs 2>/dev/null || date +%F)"

packages: ## write packages, archives, checksums and an SBOM for all systems into dist/, and try those for Linux
	scripts/package/build
	scripts/package/try dist/*_amd64.deb dist/*.deb dist/*.rpm dist/*.apk dist/*.pkg.tar.zst

clean: ## remove what the other targets made
	rm -f mqtool cover.out cover.html
	rm -rf man dist

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
