"""The commands of ``limno``, one a file; ``limnograph.cli.catalog`` lists them."""
