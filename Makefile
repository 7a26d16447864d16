# Aliases only: everything is in ./run, which needs no make.
.PHONY: demo test check
demo test check:
	./run $@
