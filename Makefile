# Aliases only: everything is in ./run, which needs no make.
.PHONY: demo test check bench
demo test check bench:
	./run $@
