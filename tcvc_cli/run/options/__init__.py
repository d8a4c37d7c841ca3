"""What a user can choose, and how it is given: on the command line, in tcvc.toml, in variables."""
