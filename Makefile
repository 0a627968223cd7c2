# Every target is a script in .ci/; arguments go through ARGS, as in: make e2e ARGS=specs/copy.spec.ts
.PHONY: help start test check bench fuzz e2e
MAKEFLAGS += --no-print-directory

help: ## list the targets (this)
	@sed -n 's/^\([a-z0-9]*\):.* ## /\1\t/p' Makefile | expand -t 8

start: ## build what is needed and run Latchkey with demonstration data
	@exec .ci/start $(ARGS)

test: ## everything: install, check, build, Rust tests, browser tests
	@exec .ci/test

check: ## formatting, lints, and who depends on whom
	@exec .ci/check

bench: ## measure the request path
	@exec .ci/bench $(ARGS)

fuzz: ## send made-up bytes to the listeners, for LATCHKEY_FUZZ_SECONDS (60)
	@exec .ci/fuzz

e2e: ## the browser tests alone, against the built release (or LATCHKEY_BIN)
	@exec .ci/e2e $(ARGS)
