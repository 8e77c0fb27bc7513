"""The commands of `bihuan`, a file for each family; `config.cli` imports them when called."""
