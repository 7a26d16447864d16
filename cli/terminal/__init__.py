"""The terminal itself: output, layout, standard streams."""
