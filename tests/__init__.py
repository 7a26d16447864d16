"""The tests: a mirror of the tree, a package all the way down."""
